#include "store/blob.hpp"

#include <algorithm>

namespace tg::store {
namespace {

class MemoryReader final : public ByteReader {
 public:
  explicit MemoryReader(std::string bytes) : bytes_(std::move(bytes)) {}
  Task<Result<std::optional<std::string>>> read() override {
    if (at_ == bytes_.size()) co_return std::optional<std::string>();
    std::string piece = bytes_.substr(at_, kPiece);
    at_ += piece.size();
    co_return std::optional(std::move(piece));
  }

 private:
  // Bounds the copies that readers make of a piece.
  static constexpr std::size_t kPiece = 256 << 10;

  const std::string bytes_;
  std::size_t at_ = 0;
};

bool is_id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

}  // namespace

Result<void> check_blob_id(std::string_view id) {
  if (id.empty() || id.size() > 200 || id.front() == '.' ||
      !std::ranges::all_of(id, is_id_character)) {
    return invalid("id", "must have 1 to 200 of a-z, 0-9, '-', '_', '.', and not begin with '.'");
  }
  return {};
}

std::shared_ptr<ByteReader> reader_of(std::string bytes) {
  return std::make_shared<MemoryReader>(std::move(bytes));
}

Task<Result<std::string>> read_whole(std::shared_ptr<ByteReader> reader) {
  std::string all;
  while (true) {
    TG_CO_TRY(const auto piece, co_await reader->read());
    if (!piece) co_return all;
    all += *piece;
  }
}

}  // namespace tg::store
