// Mutual exclusion by document id: a deletion must not overlap with an upload of the same document,
// which would store and index text that the deletion misses.
//
//   const auto lock = co_await locks.acquire(document_id);
//   ...  // until `lock` is destroyed
//
// Thread-safe; must outlive its locks.
#pragma once

#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "runtime/notifier.hpp"

namespace tg::document {

class DocumentLocks {
 public:
  class [[nodiscard]] Lock {
   public:
    Lock(DocumentLocks* locks, std::string id) : locks_(locks), id_(std::move(id)) {}
    Lock(Lock&& other) noexcept
        : locks_(std::exchange(other.locks_, nullptr)), id_(std::move(other.id_)) {}
    Lock& operator=(Lock&&) = delete;
    ~Lock() {
      if (locks_ != nullptr) locks_->release(id_);
    }

   private:
    DocumentLocks* locks_;
    std::string id_;
  };

  // Waits until no other operation holds the document. Not fair.
  Task<Lock> acquire(std::string id) {
    while (true) {
      const auto seen = released_.version();
      if (try_acquire(id)) co_return Lock(this, std::move(id));
      co_await released_.wait_after(seen, std::chrono::hours(1));
    }
  }

 private:
  bool try_acquire(const std::string& id) {
    const std::scoped_lock lock(mutex_);
    return held_.insert(id).second;
  }
  void release(const std::string& id) {
    {
      const std::scoped_lock lock(mutex_);
      held_.erase(id);
    }
    released_.notify();
  }

  std::mutex mutex_;
  std::set<std::string> held_;  // document ids; guarded by mutex_
  Notifier released_;
};

}  // namespace tg::document
