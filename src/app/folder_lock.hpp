// Who has a service's folder open: one process at a time, a server or a command. The lock goes with
// its process, however that ends, so a lock that is held is the proof that somebody lives.
//
//   TG_TRY(auto lock, FolderLock::take(data / "telegram", "import"));
//
// Not thread-safe; movable.
#pragma once

#include <filesystem>
#include <string>

#include <sys/types.h>

#include "base/error.hpp"

namespace tg::app {

struct LockHolder {
  pid_t process = 0;
  std::string purpose;  // "serve", "import"; empty: it has not written it yet
};

class FolderLock {
 public:
  // Makes the folder. Held by another process: Code::conflict, naming who has it.
  static Result<FolderLock> take(const std::filesystem::path& folder, const std::string& purpose);
  // Whether some process holds it; who, as far as it has said.
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
