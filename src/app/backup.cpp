#include "app/backup.hpp"

#include <algorithm>
#include <fstream>

#include <fmt/core.h>

#include "app/check_all.hpp"
#include "app/local_call.hpp"
#include "app/version.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "runtime/copy_file.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPieceBytes = 1 << 20;

std::unexpected<Error> disk_error(const fs::path& path, const std::string& what) {
  return fail(Code::unavailable, "disk", fmt::format("{}: {}", path.string(), what));
}

bool holds_nothing(const fs::path& folder) {
  std::error_code error;
  return !fs::exists(folder, error) || fs::is_empty(folder, error);
}

Result<std::vector<BackupFile>> list_files(const fs::path& folder) {
  std::vector<BackupFile> files;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end;
       at.increment(error)) {
    if (!at->is_regular_file()) continue;
    TG_TRY(std::string hash, backup_hash(at->path()));
    files.push_back({fs::relative(at->path(), folder).string(),
                     static_cast<std::int64_t>(at->file_size()), std::move(hash)});
  }
  if (error) return disk_error(folder, error.message());
  std::ranges::sort(files, {}, &BackupFile::path);
  return files;
}

// The number of services that copied their part.
Result<std::size_t> copy_services(const Services& services, const fs::path& folder) {
  const api::BackupRequest request{folder.string()};
  std::size_t copied = 0;
  TG_TRY_VOID(each_keeper(services, [&](std::string_view, auto& service) -> Result<void> {
    const auto done = run_blocking(service.backup(local_call(), request));
    if (!done && is_elsewhere(done.error())) return {};
    if (!done) return std::unexpected(done.error());
    ++copied;
    return {};
  }));
  return copied;
}

}  // namespace

Result<std::string> backup_hash(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return disk_error(path, "cannot be read");
  std::string hashes;
  std::string piece(kPieceBytes, '\0');
  while (file) {
    file.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const auto size = static_cast<std::size_t>(file.gcount());
    if (size > 0) hashes += sha256(std::string_view(piece).substr(0, size));
  }
  if (file.bad()) return disk_error(path, "cannot be read to its end");
  return sha256_hex(hashes);
}

Result<void> back_up(const Services& services, const fs::path& folder) {
  if (!holds_nothing(folder)) {
    return fail(Code::conflict, "backup.not_empty",
                fmt::format("{} is not empty: name a new or empty folder", folder.string()));
  }
  TG_TRY_VOID(disk_files().make_folders(folder));
  TG_TRY(const std::size_t copied, copy_services(services, folder));
  if (copied == 0)
    return fail(Code::unavailable, "backup.nothing_here",
                "none of the services that keep data can be reached from here: run the command "
                "where their data folders are, with --data");
  BackupManifest manifest{
      .version = std::string(version()), .made_at = SystemClock().wall(), .files = {}};
  TG_TRY(manifest.files, list_files(folder));
  TG_TRY_VOID(sync_folders(disk_files(), folder));
  TG_TRY_VOID(TG_FAULT_RESULT("backup.before_manifest"));
  return write_atomically(disk_files(), folder / kBackupManifest,
                          json::to_pretty_text(json::write(manifest)));
}

}  // namespace tg::app
