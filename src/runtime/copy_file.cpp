#include "runtime/copy_file.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

namespace tg {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 1 << 20;

}  // namespace

Result<void> copy_file(Files& files, const fs::path& from, const fs::path& to) {
  std::ifstream source(from, std::ios::binary);
  if (!source) {
    return fail(Code::not_found, "file", "a file could not be used",
                fmt::format("{} cannot be read", from.string()));
  }
  TG_TRY(const auto target, files.create(to));
  std::string piece(kPieceBytes, '\0');
  while (source) {
    source.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto size = static_cast<std::size_t>(source.gcount());
    TG_TRY_VOID(target->append(std::string_view(piece).substr(0, size)));
  }
  if (source.bad()) return internal(fmt::format("{} cannot be read to its end", from.string()));
  TG_TRY_VOID(target->sync());
  return files.sync_folder(to.parent_path());
}

Result<void> sync_file(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool is_synced = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!is_synced)
    return internal(fmt::format("{} cannot be synced: {}", path.string(), std::strerror(error)));
  return disk_files().sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

Result<void> sync_folders(Files& files, const fs::path& folder) {
  TG_TRY_VOID(files.sync_folder(folder));
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (at->is_directory()) TG_TRY_VOID(files.sync_folder(at->path()));
  }
  if (error)
    return internal(fmt::format("{} cannot be read: {}", folder.string(), error.message()));
  return {};
}

Result<void> copy_files(Files& files, const fs::path& from, const fs::path& to) {
  TG_TRY_VOID(files.make_folders(to));
  TG_TRY(const auto names, files.list(from));
  for (const std::string& name : names) {
    std::error_code error;
    if (!fs::is_regular_file(from / name, error)) continue;
    const auto size = fs::file_size(from / name, error);
    if (!error && fs::exists(to / name, error) && fs::file_size(to / name, error) == size) continue;
    const auto copied = copy_file(files, from / name, to / name);
    if (!copied && copied.error().code != Code::not_found) return copied;
  }
  return {};
}

}  // namespace tg
