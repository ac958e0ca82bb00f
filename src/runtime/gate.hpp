// Where background tasks live: spawned in a gate, never detached, so that stopping means closing
// it, cancelling what runs and waiting until the last one has left.
//
//   gate.spawn(loop.get_executor(), watch_channels());
//   ...
//   gate.close(); gate.cancel(); co_await gate.wait();
//
// Thread-safe. A task that throws is a bug: it is logged and counted as ended.
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
  // False (and the task is dropped) when the gate is closed.
  bool spawn(Executor executor, Task<void> task);
  void close();
  void cancel();
  Task<void> wait();
  // False: time is over and some still run.
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
