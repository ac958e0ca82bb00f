// Threads for work that would hold a loop for more than about 0.2 ms (search, hash, parse, SQL
// reads). The queue is bounded: what does not fit is refused with Code::unavailable and
// Retry-After, so that waiting never grows without limit. Thread-safe.
//
//   Result<Hits> hits = co_await pool.run([snapshot, query] { return snapshot->search(query); });
//
// The coroutine goes on at the executor it came from. Work whose coroutine was cancelled still
// runs.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "runtime/await_callback.hpp"
#include "runtime/metrics.hpp"
#include "runtime/task.hpp"

namespace tg {

class ComputePool {
 public:
  ComputePool(std::size_t threads, std::size_t queue_limit);
  ~ComputePool();  // runs what is queued, then joins
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;

  // F() answers Result<T>. It must not throw.
  template <typename F>
  Task<std::invoke_result_t<F>> run(F function) {
    using Answer = std::invoke_result_t<F>;
    co_return co_await await_callback<Answer>(
        [this, work = std::move(function)](auto done) mutable {
          if (!submit([done, work = std::move(work)]() mutable { done(work()); })) {
            done(Answer(overloaded("computations")));
          }
        });
  }

  // False when the queue is full or the pool is stopping. The work runs on one of the threads.
  bool submit(std::function<void()> work);
  std::size_t queued() const;
  std::size_t threads() const { return threads_.size(); }
  std::size_t queue_limit() const { return queue_limit_; }

  struct Statistics {
    std::size_t queued = 0;
    std::size_t running = 0;
    std::uint64_t done = 0;
    std::uint64_t refused = 0;
  };
  Statistics statistics() const;
  // telegnosis_compute_* with this pool's name, while the handle lives; it must end before the
  // pool.
  [[nodiscard]] metrics::Registry::Handle collect(metrics::Registry& registry,
                                                  std::string name) const;

 private:
  struct Item {
    std::function<void()> work;
    std::chrono::steady_clock::time_point since;
  };
  void work_loop();
  void run_item(Item item);

  const std::size_t queue_limit_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Item> queue_;     // guarded by mutex_
  bool stopping_ = false;      // guarded by mutex_
  std::size_t running_ = 0;    // guarded by mutex_
  std::uint64_t done_ = 0;     // guarded by mutex_
  std::uint64_t refused_ = 0;  // guarded by mutex_
  metrics::Histogram waited_{metrics::kShortSeconds};
  metrics::Histogram ran_{metrics::kShortSeconds};
  std::vector<std::thread> threads_;
};

}  // namespace tg
