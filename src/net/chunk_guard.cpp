#include "net/chunk_guard.hpp"

#include <algorithm>

namespace tg::net {
namespace {

constexpr int kMostDigits = 15;

int hex_value(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

}  // namespace

bool ChunkGuard::accept_size(char byte) {
  if (const int value = hex_value(byte); value >= 0) {
    size_ = size_ * 16 + static_cast<std::uint64_t>(value);
    return ++digits_ <= kMostDigits;
  }
  if (digits_ == 0) return false;
  expects_ = byte == '\r' ? Expects::size_lf : Expects::extension;
  return byte == '\r' || byte == ';';
}

bool ChunkGuard::accept(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const char byte = bytes[at];
    switch (expects_) {
      case Expects::size:
        if (!accept_size(byte)) return false;
        break;
      case Expects::extension:
        if (byte == '\r') {
          expects_ = Expects::size_lf;
        } else if (byte <= 0x20 || byte == 0x7F) {
          return false;
        }
        break;
      case Expects::size_lf:
        if (byte != '\n') return false;
        expects_ = size_ == 0 ? Expects::end_cr : Expects::data;
        break;
      case Expects::data: {
        const std::uint64_t taken = std::min<std::uint64_t>(size_, bytes.size() - at);
        size_ -= taken;
        at += static_cast<std::size_t>(taken) - 1;
        if (size_ == 0) expects_ = Expects::data_cr;
        break;
      }
      case Expects::data_cr:
      case Expects::end_cr:
        if (byte != '\r') return false;
        expects_ = expects_ == Expects::data_cr ? Expects::data_lf : Expects::end_lf;
        break;
      case Expects::data_lf:
        if (byte != '\n') return false;
        expects_ = Expects::size;
        digits_ = 0;
        break;
      case Expects::end_lf:
        if (byte != '\n') return false;
        expects_ = Expects::nothing;
        break;
      case Expects::nothing:
        return true;
    }
  }
  return true;
}

}  // namespace tg::net
