#include "service/model/cache.hpp"

#include <vector>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

namespace tg::model {
namespace {

namespace fs = std::filesystem;

UnixMillis written_at(const struct stat& info) {
  return UnixMillis(std::chrono::seconds(info.st_mtim.tv_sec) +
                    std::chrono::milliseconds(info.st_mtim.tv_nsec / 1'000'000));
}

struct Found {
  std::vector<fs::path> old_files;
  std::vector<fs::path> folders;  // parents before their children
};

Result<Found> look_through(const fs::path& folder, UnixMillis before) {
  Found found;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  if (error == std::errc::no_such_file_or_directory) return found;
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    struct stat info{};
    if (::lstat(at->path().c_str(), &info) != 0) continue;  // gone meanwhile
    if (S_ISDIR(info.st_mode)) found.folders.push_back(at->path());
    if (!S_ISREG(info.st_mode) || written_at(info) >= before) continue;
    found.old_files.push_back(at->path());
  }
  if (error)
    return fail(Code::internal, "file", "the cache cannot be read",
                fmt::format("{}: {}", folder.string(), error.message()));
  return found;
}

}  // namespace

Result<api::CleanupReply> clean_cache(const fs::path& folder, UnixMillis before) {
  TG_TRY(const Found found, look_through(folder, before));
  api::CleanupReply reply;
  for (const fs::path& file : found.old_files) {
    std::error_code error;
    struct stat info{};
    if (::lstat(file.c_str(), &info) != 0 || !fs::remove(file, error) || error) {
      reply.success = reply.success && !error;
      continue;
    }
    ++reply.files_deleted;
    reply.bytes_freed += info.st_size;
  }
  for (auto at = found.folders.rbegin(); at != found.folders.rend(); ++at) {
    std::error_code not_empty;
    fs::remove(*at, not_empty);
  }
  return reply;
}

}  // namespace tg::model
