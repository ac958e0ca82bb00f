#include "runtime/async_semaphore.hpp"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/clock.hpp"

namespace tg {

struct AsyncSemaphore::Waiter {
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  explicit Waiter(const Executor& executor) : timer(executor, SteadyTime::max()) {}
  Timer timer;              // never expires: cancelling it wakes the waiter
  bool is_granted = false;  // guarded by mutex_
};

// A waiter's entry in the queue. However its coroutine ends, the entry is removed, and a permit
// that was granted but not taken goes to the next waiter.
class AsyncSemaphore::Queued {
 public:
  Queued(AsyncSemaphore& semaphore, Queue::iterator entry)
      : semaphore_(semaphore), entry_(entry), waiter_(*entry) {}
  ~Queued() {
    const std::scoped_lock lock(semaphore_.mutex_);
    if (is_taken_) return;
    if (waiter_->is_granted) {
      semaphore_.pass_on();
    } else {
      semaphore_.queue_.erase(entry_);
    }
  }
  Queued(const Queued&) = delete;
  Queued& operator=(const Queued&) = delete;

  bool acquire() {
    const std::scoped_lock lock(semaphore_.mutex_);
    is_taken_ = waiter_->is_granted;
    return is_taken_;
  }

 private:
  AsyncSemaphore& semaphore_;
  const Queue::iterator entry_;  // in the queue until a permit is granted
  const std::shared_ptr<Waiter> waiter_;
  bool is_taken_ = false;
};

Task<Result<AsyncSemaphore::Permit>> AsyncSemaphore::acquire() {
  const Executor executor = co_await asio::this_coro::executor;
  std::shared_ptr<Waiter> waiter;
  std::optional<Queued> entry;
  {
    const std::scoped_lock lock(mutex_);
    if (free_ > 0) {
      --free_;
      ++taken_;
      co_return Permit(this);
    }
    if (queue_.size() >= queue_limit_) {
      ++refused_;
      co_return overloaded(name_);
    }
    waiter = std::make_shared<Waiter>(executor);
    entry.emplace(*this, queue_.insert(queue_.end(), waiter));
  }
  co_await waiter->timer.async_wait(asio::as_tuple(use_task));
  if (entry->acquire()) co_return Permit(this);
  co_return fail(Code::unavailable, "overloaded." + name_, "the wait was cancelled");
}

void AsyncSemaphore::release() {
  const std::scoped_lock lock(mutex_);
  pass_on();
}

void AsyncSemaphore::pass_on() {
  if (queue_.empty()) {
    ++free_;
    --taken_;
    return;
  }
  const std::shared_ptr<Waiter> next = std::move(queue_.front());
  queue_.pop_front();
  next->is_granted = true;
  // On the waiter's loop, where it is either waiting or gone; under the lock, which the waiter
  // acquires before it ends, so that its loop still exists here.
  asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
}

AsyncSemaphore::Statistics AsyncSemaphore::statistics() const {
  const std::scoped_lock lock(mutex_);
  return {.taken = taken_, .waiting = queue_.size(), .refused = refused_};
}

metrics::Registry::Handle AsyncSemaphore::collect(metrics::Registry& registry) const {
  return registry.collect([this](metrics::Exposition& out) {
    const Statistics now = statistics();
    const std::string name = "telegnosis_" + name_;
    out.gauge(name + "_running", "those that have their turn", {}, static_cast<double>(now.taken));
    out.gauge(name + "_waiting", "those that wait for it", {}, static_cast<double>(now.waiting));
    out.counter(name + "_refused_total", "those that found the line full", {},
                static_cast<double>(now.refused));
  });
}

}  // namespace tg
