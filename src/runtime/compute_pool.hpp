// A thread pool for work that would block a loop for more than about 0.2 ms (search, hashing,
// parsing, SQL reads). The queue is bounded: when it is full, work is rejected with
// Code::unavailable and Retry-After. Thread-safe.
//
//   Result<Hits> hits = co_await pool.run([snapshot, query] { return snapshot->search(query); });
//
// The coroutine resumes on its own executor. Queued work runs even if its coroutine is cancelled.
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
  ~ComputePool();  // runs the queued work, then joins the threads
  ComputePool(const ComputePool&) = delete;
  ComputePool& operator=(const ComputePool&) = delete;

  // F() returns Result<T> and must not throw.
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

  // False if the queue is full or the pool is stopping. Runs on one of the pool's threads.
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
  // Exports telegnosis_compute_* with this pool's name while the handle lives; the handle must be
  // destroyed before the pool.
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
