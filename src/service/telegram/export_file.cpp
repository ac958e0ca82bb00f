#include "service/telegram/export_file.hpp"

#include <algorithm>
#include <cstdio>
#include <fstream>

#include <fmt/core.h>
#include <zip.h>
#include <zlib.h>

namespace tg::telegram {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = 256 << 10;
// result.json may be one among years of photos and videos.
constexpr std::uint64_t kMaxEntries = 100'000;
// Indented JSON with repeated keys compresses 10 to 40 times; more is an archive bomb.
constexpr std::uint64_t kMaxRatio = 100;
constexpr std::uint64_t kRatioFrom = 64 << 20;

std::unexpected<Error> bad_archive(std::string message) {
  return fail(Code::validation, "export.archive", std::move(message));
}

// Counted while inflating: the sizes in headers are the attacker's.
Result<void> check_ratio(std::uint64_t inflated, std::uint64_t packed) {
  if (inflated <= kRatioFrom || inflated / kMaxRatio <= packed) return {};
  return bad_archive(fmt::format("the file inflates to more than {} times its size", kMaxRatio));
}

struct FileCloser {
  void operator()(std::FILE* file) const { static_cast<void>(std::fclose(file)); }
};
using OpenFile = std::unique_ptr<std::FILE, FileCloser>;

Result<std::string> read_piece(std::FILE* file, std::size_t size) {
  std::string piece(size, '\0');
  piece.resize(std::fread(piece.data(), 1, size, file));
  if (std::ferror(file) != 0) return internal("reading an export failed");
  return piece;
}

class PlainFile final : public ExportFile {
 public:
  PlainFile(OpenFile file, std::uint64_t size) : file_(std::move(file)), size_(size) {}

  Result<std::optional<std::string>> read() override {
    TG_TRY(std::string piece, read_piece(file_.get(), kPiece));
    if (piece.empty()) return std::optional<std::string>();
    position_ += piece.size();
    return std::optional(std::move(piece));
  }
  std::uint64_t position() const override { return position_; }
  std::uint64_t size() const override { return size_; }

 private:
  OpenFile file_;
  std::uint64_t size_;
  std::uint64_t position_ = 0;
};

// Inflates in small steps, so that everything before the damage is kept.
class GzipFile final : public ExportFile {
 public:
  GzipFile(OpenFile file, std::uint64_t size) : file_(std::move(file)), size_(size) {
    constexpr int kGzipOnly = 15 + 16;
    is_ready_ = inflateInit2(&stream_, kGzipOnly) == Z_OK;
  }
  GzipFile(const GzipFile&) = delete;
  GzipFile& operator=(const GzipFile&) = delete;
  ~GzipFile() override {
    if (is_ready_) inflateEnd(&stream_);
  }

  Result<std::optional<std::string>> read() override {
    if (!is_ready_) return internal("zlib cannot be initialised");
    std::string piece(kPiece, '\0');
    stream_.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream_.avail_out = static_cast<uInt>(piece.size());
    while (stream_.avail_out > 0 && !is_at_end_ && !damage_) TG_TRY_VOID(step());
    piece.resize(piece.size() - stream_.avail_out);
    inflated_ += piece.size();
    TG_TRY_VOID(check_ratio(inflated_, size_));
    if (!piece.empty()) return std::optional(std::move(piece));
    if (damage_) return std::unexpected(*damage_);
    return std::optional<std::string>();
  }
  std::uint64_t position() const override { return packed_ - stream_.avail_in; }
  std::uint64_t size() const override { return size_; }

 private:
  // Inflates what there is of the input, or ends with `is_at_end_` or `damage_`.
  Result<void> step() {
    if (stream_.avail_in == 0) TG_TRY_VOID(refill());
    if (is_between_members_ && !starts_member()) {
      is_at_end_ = true;  // as gzip does, ignore what follows the last member
      return {};
    }
    is_between_members_ = false;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      is_between_members_ = true;
      inflateReset(&stream_);
    } else if (code == Z_BUF_ERROR && stream_.avail_in == 0) {
      note_damage("cut off");
    } else if (code != Z_OK) {
      note_damage("damaged");
    }
    return {};
  }

  Result<void> refill() {
    TG_TRY(input_, read_piece(file_.get(), kPiece));
    packed_ += input_.size();
    stream_.next_in = reinterpret_cast<Bytef*>(input_.data());
    stream_.avail_in = static_cast<uInt>(input_.size());
    return {};
  }

  bool starts_member() const { return stream_.avail_in > 0 && *stream_.next_in == 0x1F; }

  void note_damage(std::string_view what) {
    damage_ = bad_archive(fmt::format("the gzip file is {} after byte {}; everything before it "
                                      "was read",
                                      what, position()))
                  .error();
  }

  OpenFile file_;
  std::uint64_t size_;
  z_stream stream_{};
  bool is_ready_ = false;
  bool is_between_members_ = false;
  bool is_at_end_ = false;
  std::optional<Error> damage_;
  std::string input_;
  std::uint64_t packed_ = 0;  // bytes read from the file
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
    if (got < 0) {
      return bad_archive(fmt::format(
          "the zip file is damaged after byte {} of its JSON file; everything before it was read",
          position_));
    }
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

// Nothing is unpacked to the disk; still, no export has such names.
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

// The archive's own count of entries, read before anything is allocated for them. 0: unknown.
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
  if (!best) return bad_archive("the zip file contains no result.json");
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
  if (archive == nullptr) {
    return bad_archive(
        "the zip file is incomplete or damaged (its directory at the end is missing), and nothing "
        "of it can be read: create it again, or import result.json itself");
  }
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
  OpenFile file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return bad_archive("the file cannot be read");
  std::error_code error;
  const std::uint64_t size = fs::file_size(path, error);
  if (magic.starts_with("\x1F\x8B")) return std::make_unique<GzipFile>(std::move(file), size);
  return std::make_unique<PlainFile>(std::move(file), size);
}

}  // namespace tg::telegram
