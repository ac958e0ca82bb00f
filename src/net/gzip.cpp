#include "net/gzip.hpp"

#include <algorithm>
#include <array>
#include <new>

namespace tg::net {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kFast = 1;  // higher levels gain little on JSON and cost much

Bytef* input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib only reads it
}

}  // namespace

Gzip::Gzip() {
  if (deflateInit2(&stream_, kFast, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
}

Gzip::~Gzip() {
  deflateEnd(&stream_);
}

void Gzip::add(std::string_view bytes, End end, std::string& out) {
  const int flush = end == End::none ? Z_NO_FLUSH : end == End::flush ? Z_SYNC_FLUSH : Z_FINISH;
  stream_.next_in = input(bytes);
  stream_.avail_in = static_cast<uInt>(bytes.size());
  std::array<char, 16384> piece;
  do {
    stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_.avail_out = piece.size();
    deflate(&stream_, flush);
    out.append(piece.data(), piece.size() - stream_.avail_out);
  } while (stream_.avail_out == 0);
}

Gunzip::Gunzip() {
  if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc();
}

Gunzip::~Gunzip() {
  inflateEnd(&stream_);
}

bool Gunzip::take(std::string_view& bytes, std::string& out, std::size_t at_most) {
  std::array<char, 16384> piece;
  std::size_t left = at_most;
  while (left > 0) {
    if (whole_ && bytes.empty()) return true;
    stream_.next_in = input(bytes);
    stream_.avail_in = static_cast<uInt>(bytes.size());
    stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_.avail_out = static_cast<uInt>(std::min(left, piece.size()));
    const std::size_t room = stream_.avail_out;
    const int state = inflate(&stream_, Z_NO_FLUSH);
    if (state != Z_OK && state != Z_STREAM_END && state != Z_BUF_ERROR) return false;
    const std::size_t got = room - stream_.avail_out;
    whole_ = whole_ && got == 0 && stream_.avail_in == bytes.size();
    bytes.remove_prefix(bytes.size() - stream_.avail_in);
    out.append(piece.data(), got);
    left -= got;
    if (state == Z_STREAM_END) {
      // Another member may follow (RFC 1952, 2.2); the next call rejects anything else.
      whole_ = true;
      inflateReset(&stream_);
    } else if (got < room && bytes.empty()) {
      return true;
    } else if (state == Z_BUF_ERROR) {
      return got > 0 || bytes.empty();
    }
  }
  return true;
}

}  // namespace tg::net
