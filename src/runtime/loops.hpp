// The event loops: one io_context and one thread each. Thread-safe after construction.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>

#include "runtime/task.hpp"

namespace tg {

class Loops {
 public:
  explicit Loops(std::size_t count);
  ~Loops();  // stops
  Loops(const Loops&) = delete;
  Loops& operator=(const Loops&) = delete;

  void start();
  // Joins the threads; handlers that are still queued are dropped.
  void stop();
  std::size_t size() const { return contexts_.size(); }
  asio::io_context& at(std::size_t i) { return *contexts_[i]; }
  Executor next();  // round robin

 private:
  std::vector<std::unique_ptr<asio::io_context>> contexts_;
  std::vector<asio::executor_work_guard<Executor>> guards_;
  std::vector<std::thread> threads_;
  std::atomic<std::size_t> turn_ = 0;
};

}  // namespace tg
