#include "api/file_source.hpp"

#include <fstream>

namespace tg::api {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

class FileSource final : public ByteSource {
 public:
  FileSource(std::ifstream file, std::uint64_t size, ComputePool* pool, OnBytes on_bytes)
      : file_(std::move(file)), size_(size), pool_(pool), on_bytes_(std::move(on_bytes)) {}

  Task<Result<std::optional<std::string>>> read() override {
    if (pool_ == nullptr) co_return read_piece();
    co_return co_await pool_->run([this] { return read_piece(); });
  }

 private:
  Result<std::optional<std::string>> read_piece() {
    std::string piece(kPieceBytes, '\0');
    file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (file_.bad()) return internal("reading the file failed");
    piece.resize(static_cast<std::size_t>(file_.gcount()));
    if (piece.empty()) return std::optional<std::string>();
    read_ += piece.size();
    if (on_bytes_) on_bytes_(read_, size_);
    return std::optional(std::move(piece));
  }

  std::ifstream file_;
  const std::uint64_t size_;
  std::uint64_t read_ = 0;
  ComputePool* const pool_;
  const OnBytes on_bytes_;
};

}  // namespace

Result<std::shared_ptr<ByteSource>> file_source(const std::filesystem::path& path,
                                                ComputePool* pool, OnBytes on_bytes) {
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(path, error);
  std::ifstream file(path, std::ios::binary);
  if (!is_file || !file) {
    return fail(Code::not_found, "not_found.file",
                path.string() + " cannot be read: no such file, or no permission");
  }
  const std::uint64_t size = std::filesystem::file_size(path, error);
  return std::make_shared<FileSource>(std::move(file), size, pool, std::move(on_bytes));
}

}  // namespace tg::api
