// An asynchronous semaphore with a bounded FIFO queue: limits how many operations that hold much
// memory while they wait run at once. A waiter holds no resources yet.
//
//   TG_CO_TRY(const AsyncSemaphore::Permit permit, co_await searches_.acquire());
//   ...  // until `permit` is destroyed
//
// A full queue refuses with Code::unavailable and Retry-After. A waiter that is cancelled (its
// deadline has passed, its client is gone) leaves the queue. Thread-safe; must outlive its permits.
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "runtime/metrics.hpp"
#include "runtime/task.hpp"

namespace tg {

class AsyncSemaphore {
 public:
  AsyncSemaphore(std::string name, std::size_t permits, std::size_t queue_limit)
      : name_(std::move(name)), queue_limit_(queue_limit), free_(permits) {}
  AsyncSemaphore(const AsyncSemaphore&) = delete;
  AsyncSemaphore& operator=(const AsyncSemaphore&) = delete;

  class Permit {
   public:
    Permit() = default;  // empty
    Permit(Permit&& other) noexcept : semaphore_(std::exchange(other.semaphore_, nullptr)) {}
    Permit& operator=(Permit&&) = delete;
    ~Permit() {
      if (semaphore_ != nullptr) semaphore_->release();
    }

   private:
    friend class AsyncSemaphore;
    explicit Permit(AsyncSemaphore* semaphore) : semaphore_(semaphore) {}
    AsyncSemaphore* semaphore_ = nullptr;
  };

  Task<Result<Permit>> acquire();

  struct Statistics {
    std::size_t taken = 0;
    std::size_t waiting = 0;
    std::uint64_t refused = 0;
  };
  Statistics statistics() const;
  // telegnosis_<name>_running, _waiting, _refused_total while the handle lives.
  [[nodiscard]] metrics::Registry::Handle collect(metrics::Registry& registry) const;

 private:
  struct Waiter;
  class Queued;
  using Queue = std::list<std::shared_ptr<Waiter>>;

  void release();
  void pass_on();  // under mutex_

  const std::string name_;
  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::size_t free_;           // guarded by mutex_; 0 while someone waits
  std::size_t taken_ = 0;      // guarded by mutex_
  Queue queue_;                // guarded by mutex_
  std::uint64_t refused_ = 0;  // guarded by mutex_
};

}  // namespace tg
