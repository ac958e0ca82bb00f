// Exclusive ownership of a service's folder by one process, a server or a command. The operating
// system releases the lock when the process ends, however it ends, so a held lock proves that its
// holder is alive.
//
//   TG_TRY(auto lock, FolderLock::take(data / "telegram", "import"));
//
// Not thread-safe.
#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

#include "base/error.hpp"

namespace tg::app {

struct LockHolder {
  pid_t process = 0;
  std::string purpose;  // "serve", "import"; empty if it has not been written yet
};

class FolderLock {
 public:
  // Creates the folder if needed. Code::conflict, naming the holder, if another process has it.
  static Result<FolderLock> take(const std::filesystem::path& folder, const std::string& purpose);
  // The process that holds the lock, if any.
  static std::optional<LockHolder> holder(const std::filesystem::path& folder);

  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace tg::app
