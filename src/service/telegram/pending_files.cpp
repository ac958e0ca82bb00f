#include "service/telegram/pending_files.hpp"

#include "runtime/files.hpp"

namespace tg::telegram {

PendingFiles::Draft::~Draft() {
  if (owner_ == nullptr) return;
  static_cast<void>(disk_files().remove(path_));
  owner_->forget(path_);
}

void PendingFiles::Draft::keep() {
  if (owner_ != nullptr) std::exchange(owner_, nullptr)->forget(path_);
}

std::optional<PendingFiles::Draft> PendingFiles::add(std::filesystem::path path) {
  const std::scoped_lock lock(mutex_);
  if (!paths_.insert(path).second) return std::nullopt;
  return Draft(this, std::move(path));
}

std::set<std::filesystem::path> PendingFiles::paths() const {
  const std::scoped_lock lock(mutex_);
  return paths_;
}

void PendingFiles::forget(const std::filesystem::path& path) {
  const std::scoped_lock lock(mutex_);
  paths_.erase(path);
}

}  // namespace tg::telegram
