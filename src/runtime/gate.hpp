// Owner of background tasks, which are never detached. To stop: close the gate, cancel the running
// tasks, wait for the last one to end.
//
//   gate.spawn(loop.get_executor(), watch_channels());
//   ...
//   gate.close(); gate.cancel(); co_await gate.wait();
//
// Thread-safe. A task must not throw; if it does, the exception is logged and the task has ended.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <mutex>

#include <boost/asio/cancellation_signal.hpp>

#include "base/clock.hpp"
#include "runtime/notifier.hpp"
#include "runtime/task.hpp"

namespace tg {

class Gate {
 public:
  // False if the gate is closed; the task is then destroyed without running.
  bool spawn(Executor executor, Task<void> task);
  void close();
  void cancel();
  Task<void> wait();
  // False if tasks are still running at `until`.
  Task<bool> wait_until(SteadyTime until);
  std::size_t running() const;

 private:
  struct Entry {
    explicit Entry(Executor at) : executor(at) {}
    Executor executor;
    asio::cancellation_signal signal;
  };
  mutable std::mutex mutex_;
  bool closed_ = false;                        // guarded by mutex_
  std::list<std::shared_ptr<Entry>> entries_;  // guarded by mutex_
  Notifier left_;
};

}  // namespace tg
