#include "app/file_source.hpp"

#include <fstream>

namespace tg::app {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;

class FileSource final : public api::ByteSource {
 public:
  FileSource(std::ifstream file, std::uint64_t size, OnBytes on_bytes)
      : file_(std::move(file)), size_(size), on_bytes_(std::move(on_bytes)) {}

  Task<Result<std::optional<std::string>>> read() override {
    std::string piece(kPieceBytes, '\0');
    file_.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    if (file_.bad()) co_return internal("the file cannot be read on");
    piece.resize(static_cast<std::size_t>(file_.gcount()));
    if (piece.empty()) co_return std::optional<std::string>();
    read_ += piece.size();
    if (on_bytes_) on_bytes_(read_, size_);
    co_return std::optional(std::move(piece));
  }

 private:
  std::ifstream file_;
  std::uint64_t size_;
  std::uint64_t read_ = 0;
  OnBytes on_bytes_;
};

}  // namespace

Result<std::shared_ptr<api::ByteSource>> file_source(const std::filesystem::path& path,
                                                     OnBytes on_bytes) {
  std::error_code error;
  const bool is_file = std::filesystem::is_regular_file(path, error);
  std::ifstream file(path, std::ios::binary);
  if (!is_file || !file) {
    return fail(Code::not_found, "not_found.file",
                path.string() + " cannot be read: no such file, or no permission");
  }
  const std::uint64_t size = std::filesystem::file_size(path, error);
  return std::make_shared<FileSource>(std::move(file), size, std::move(on_bytes));
}

}  // namespace tg::app
