// Waits for changes without polling, across loops (a condition variable for coroutines).
//
//   const auto seen = notifier.version();
//   if (nothing_there()) co_await notifier.wait_after(seen, std::chrono::seconds(30));
//
// Thread-safe. Waiters resume after notify(), the time limit, or cancellation.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/steady_timer.hpp>

#include "runtime/task.hpp"

namespace tg {

class Notifier {
 public:
  std::uint64_t version() const;
  void notify();
  // Returns immediately if notify() was called after `seen` was read.
  Task<void> wait_after(std::uint64_t seen, std::chrono::milliseconds at_most);

 private:
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  mutable std::mutex mutex_;
  std::uint64_t version_ = 0;                    // guarded by mutex_
  std::vector<std::shared_ptr<Timer>> waiters_;  // guarded by mutex_
};

}  // namespace tg
