#include "service/telegram/export_file.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/core.h>
#include <zip.h>
#include <zlib.h>

namespace tg::telegram {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 256 << 10;
// Result.json lies beside the photos and films of years.
constexpr std::uint64_t kMaxEntries = 100'000;
// Indented JSON with repeated keys packs 10 to 40 times; beyond this nobody wrote it.
constexpr std::uint64_t kMaxRatio = 100;
constexpr std::uint64_t kRatioFrom = 64 << 20;

std::unexpected<Error> bad_archive(std::string message) {
  return fail(Code::validation, "export.archive", std::move(message));
}

// Counted while it inflates: what headers promise is the attacker's.
Result<void> check_ratio(std::uint64_t inflated, std::uint64_t packed) {
  if (inflated <= kRatioFrom || inflated / kMaxRatio <= packed) return {};
  return bad_archive(fmt::format("the file inflates more than {} times", kMaxRatio));
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
    TG_TRY_VOID(check_ratio(inflated_, size_));
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
  ZipEntry(zip_t* archive, zip_file_t* file, std::uint64_t size, std::uint64_t packed)
      : archive_(archive), file_(file), size_(size), packed_(packed) {}
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
    TG_TRY_VOID(check_ratio(position_, packed_));
    piece.resize(static_cast<std::size_t>(got));
    return std::optional(std::move(piece));
  }
  std::uint64_t position() const override { return position_; }
  std::uint64_t size() const override { return size_; }

 private:
  zip_t* archive_;
  zip_file_t* file_;
  std::uint64_t size_;
  std::uint64_t packed_;  // never more than the whole archive
  std::uint64_t position_ = 0;
};

// Nothing is ever unpacked to the disk; still, an archive with such names is nobody's export.
bool is_unsafe(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.front() == '\\' ||
      (name.size() > 1 && name[1] == ':'))
    return true;
  while (!name.empty()) {
    const std::size_t end = std::min(name.find_first_of("/\\"), name.size());
    if (name.substr(0, end) == "..") return true;
    name.remove_prefix(std::min(end + 1, name.size()));
  }
  return false;
}

// How many entries the archive says it has, before anything is allocated for them. 0: cannot tell.
std::uint64_t promised_entries(const fs::path& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = static_cast<std::uint64_t>(file.tellg());
  const std::uint64_t tail_size = std::min<std::uint64_t>(size, 22 + 65'535);
  std::string tail(tail_size, '\0');
  file.seekg(static_cast<std::streamoff>(size - tail_size));
  file.read(tail.data(), static_cast<std::streamsize>(tail_size));
  const std::size_t end = tail.rfind("PK\x05\x06");
  if (!file || end == std::string::npos || end + 22 > tail.size()) return 0;
  const auto byte = [&tail](std::size_t at) {
    return static_cast<std::uint64_t>(static_cast<unsigned char>(tail[at]));
  };
  const std::uint64_t count = byte(end + 10) | byte(end + 11) << 8;
  if (count != 0xFFFF) return count;
  const std::size_t large = tail.rfind("PK\x06\x06");  // zip64
  if (large == std::string::npos || large + 40 > tail.size()) return count;
  std::uint64_t entries = 0;
  for (std::size_t i = 8; i-- > 0;) entries = entries << 8 | byte(large + 32 + i);
  return entries;
}

std::size_t depth_of(std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count(name, '/') + std::ranges::count(name, '\\'));
}

// The outermost result.json, or the outermost .json if none is called so.
Result<zip_uint64_t> choose_entry(zip_t* archive) {
  struct Choice {
    bool is_other_name = true;
    std::size_t depth = 0;
    zip_uint64_t index = 0;
    auto operator<=>(const Choice&) const = default;
  };
  std::optional<Choice> best;
  const zip_int64_t entries = zip_get_num_entries(archive, 0);
  for (zip_uint64_t i = 0; i < static_cast<zip_uint64_t>(entries); ++i) {
    const char* raw = zip_get_name(archive, i, 0);
    const std::string_view name = raw == nullptr ? "" : raw;
    if (is_unsafe(name))
      return bad_archive("the zip file has an entry whose name leaves its folder");
    const std::string_view file = name.substr(name.find_last_of("/\\") + 1);
    if (!file.ends_with(".json")) continue;
    const Choice choice{file != "result.json", depth_of(name), i};
    if (!best || choice < *best) best = choice;
  }
  if (!best) return bad_archive("there is no result.json in the zip file");
  return best->index;
}

struct ZipCloser {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};

Result<std::unique_ptr<ExportFile>> open_zip(const fs::path& path) {
  if (const auto entries = promised_entries(path); entries > kMaxEntries) {
    return bad_archive(
        fmt::format("the zip file has {} entries, at most {} are allowed; zip result.json alone",
                    entries, kMaxEntries));
  }
  int code = 0;
  std::unique_ptr<zip_t, ZipCloser> archive(zip_open(path.c_str(), ZIP_RDONLY, &code));
  if (archive == nullptr) return bad_archive("the zip file cannot be read");
  if (static_cast<std::uint64_t>(zip_get_num_entries(archive.get(), 0)) > kMaxEntries)
    return bad_archive("the zip file has too many entries");
  TG_TRY(const zip_uint64_t chosen, choose_entry(archive.get()));
  zip_stat_t info;
  zip_file_t* file = zip_stat_index(archive.get(), chosen, 0, &info) == 0
                         ? zip_fopen_index(archive.get(), chosen, 0)
                         : nullptr;
  if (file == nullptr) return bad_archive("the zip file cannot be read (encrypted?)");
  std::error_code error;
  const std::uint64_t packed = std::min<std::uint64_t>(info.comp_size, fs::file_size(path, error));
  return std::make_unique<ZipEntry>(archive.release(), file, info.size, packed);
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
