#include "app/folder_lock.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include "runtime/files.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* kName = "lock";

// For an open file description lock. Unlike a POSIX lock it is not released when another descriptor
// of the same file is closed; and it can be queried without being taken.
struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// "1234 serve"
LockHolder read_holder(int descriptor) {
  std::array<char, 128> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  LockHolder holder;
  if (size <= 0) return holder;
  const char* const end = text.data() + size;
  const auto number = std::from_chars(text.data(), end, holder.process);
  if (number.ec == std::errc() && number.ptr < end) holder.purpose.assign(number.ptr + 1, end);
  return holder;
}

std::unexpected<Error> in_use(const fs::path& folder, const LockHolder& holder) {
  const std::string who = holder.process == 0
                              ? std::string("another process")
                              : fmt::format("`telegnosis {}` (process {})", holder.purpose,
                                            static_cast<int>(holder.process));
  return fail(
      Code::conflict, "folder.in_use",
      fmt::format("{} is in use by {}: wait until it ends, or stop it", folder.string(), who));
}

}  // namespace

Result<FolderLock> FolderLock::take(const fs::path& folder, const std::string& purpose) {
  TG_TRY_VOID(disk_files().make_folders(folder));
  const int descriptor = ::open((folder / kName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) {
    return fail(Code::unavailable, "folder.cannot_open",
                fmt::format("{} cannot be opened: {}", folder.string(), std::strerror(errno)));
  }
  FolderLock lock(descriptor);
  struct flock wanted = whole_file();
  if (::fcntl(descriptor, F_OFD_SETLK, &wanted) != 0)
    return in_use(folder, read_holder(descriptor));
  const std::string text = fmt::format("{} {}", static_cast<int>(::getpid()), purpose);
  if (::ftruncate(descriptor, 0) != 0 ||
      ::pwrite(descriptor, text.data(), text.size(), 0) != static_cast<ssize_t>(text.size())) {
    return fail(Code::unavailable, "folder.cannot_write",
                fmt::format("{} cannot be written: {}", folder.string(), std::strerror(errno)));
  }
  return lock;
}

std::optional<LockHolder> FolderLock::holder(const fs::path& folder) {
  const int descriptor = ::open((folder / kName).c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  const FolderLock guard(descriptor);
  struct flock found = whole_file();
  if (::fcntl(descriptor, F_OFD_GETLK, &found) != 0 || found.l_type == F_UNLCK) return std::nullopt;
  return read_holder(descriptor);
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace tg::app
