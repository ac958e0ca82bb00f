#include "service/telegram/export_file.hpp"

#include <fstream>

#include <fmt/core.h>
#include <zip.h>
#include <zlib.h>

namespace tg::telegram {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 256 << 10;
constexpr zip_int64_t kMaxEntries = 2000;
constexpr std::uint64_t kMaxRatio = 1000;
constexpr std::uint64_t kRatioFrom = 64 << 20;

std::unexpected<Error> bad_archive(std::string message) {
  return fail(Code::validation, "export.archive", std::move(message));
}

// zlib reads plain files as they are.
class GzipFile final : public ExportFile {
 public:
  GzipFile(gzFile file, std::uint64_t size) : file_(file), size_(size) {}
  ~GzipFile() override { gzclose(file_); }

  Result<std::optional<std::string>> read() override {
    std::string piece(kPiece, '\0');
    const int got = gzread(file_, piece.data(), static_cast<unsigned>(piece.size()));
    if (got < 0) {
      int code = 0;
      return bad_archive(fmt::format("the gzip file is damaged: {}", gzerror(file_, &code)));
    }
    if (got == 0) return std::optional<std::string>();
    inflated_ += static_cast<std::uint64_t>(got);
    if (inflated_ > kRatioFrom && inflated_ / kMaxRatio > size_)
      return bad_archive("the file inflates more than a thousandfold");
    piece.resize(static_cast<std::size_t>(got));
    return std::optional(std::move(piece));
  }
  std::uint64_t position() const override { return static_cast<std::uint64_t>(gzoffset(file_)); }
  std::uint64_t size() const override { return size_; }

 private:
  gzFile file_;
  std::uint64_t size_;
  std::uint64_t inflated_ = 0;
};

class ZipEntry final : public ExportFile {
 public:
  ZipEntry(zip_t* archive, zip_file_t* file, std::uint64_t size)
      : archive_(archive), file_(file), size_(size) {}
  ~ZipEntry() override {
    zip_fclose(file_);
    zip_discard(archive_);
  }

  Result<std::optional<std::string>> read() override {
    std::string piece(kPiece, '\0');
    const zip_int64_t got = zip_fread(file_, piece.data(), piece.size());
    if (got < 0) return bad_archive("the zip file is damaged");
    if (got == 0) return std::optional<std::string>();
    position_ += static_cast<std::uint64_t>(got);
    piece.resize(static_cast<std::size_t>(got));
    return std::optional(std::move(piece));
  }
  std::uint64_t position() const override { return position_; }
  std::uint64_t size() const override { return size_; }

 private:
  zip_t* archive_;
  zip_file_t* file_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

bool is_unsafe(std::string_view name) {
  return name.starts_with('/') || name.find("..") != std::string_view::npos ||
         name.find('\\') != std::string_view::npos;
}

Result<std::unique_ptr<ExportFile>> open_zip(const fs::path& path) {
  int code = 0;
  zip_t* archive = zip_open(path.c_str(), ZIP_RDONLY, &code);
  if (archive == nullptr) return bad_archive("the zip file cannot be read");
  const auto refuse = [archive](std::string why) {
    zip_discard(archive);
    return bad_archive(std::move(why));
  };
  const zip_int64_t entries = zip_get_num_entries(archive, 0);
  if (entries > kMaxEntries)
    return refuse(
        fmt::format("the zip file has {} entries, at most {} are allowed; zip result.json alone",
                    entries, kMaxEntries));
  std::optional<zip_uint64_t> chosen;
  for (zip_int64_t i = 0; i < entries; ++i) {
    const char* raw = zip_get_name(archive, static_cast<zip_uint64_t>(i), 0);
    const std::string_view name = raw == nullptr ? "" : raw;
    if (is_unsafe(name)) return refuse("the zip file has an entry whose name leaves its folder");
    const std::string_view file =
        name.substr(name.rfind('/') == std::string_view::npos ? 0 : name.rfind('/') + 1);
    if (file == "result.json" || (!chosen && file.ends_with(".json")))
      chosen = static_cast<zip_uint64_t>(i);
  }
  if (!chosen) return refuse("there is no result.json in the zip file");
  zip_stat_t info;
  if (zip_stat_index(archive, *chosen, 0, &info) != 0) return refuse("the zip file is damaged");
  if (info.size > kRatioFrom && info.size / kMaxRatio > info.comp_size)
    return refuse("the file inflates more than a thousandfold");
  zip_file_t* file = zip_fopen_index(archive, *chosen, 0);
  if (file == nullptr) return refuse("the zip file cannot be read (encrypted?)");
  return std::make_unique<ZipEntry>(archive, file, info.size);
}

}  // namespace

Result<std::unique_ptr<ExportFile>> ExportFile::open(const fs::path& path) {
  std::ifstream start(path, std::ios::binary);
  std::string magic(4, '\0');
  if (!start.read(magic.data(), 4) && start.gcount() == 0) {
    return fail(Code::validation, "export.file",
                fmt::format("{} cannot be read or is empty", path.filename().string()));
  }
  if (magic == "PK\x03\x04") return open_zip(path);
  gzFile file = gzopen(path.c_str(), "rb");
  if (file == nullptr) return bad_archive("the file cannot be read");
  std::error_code error;
  return std::make_unique<GzipFile>(file, fs::file_size(path, error));
}

}  // namespace tg::telegram
