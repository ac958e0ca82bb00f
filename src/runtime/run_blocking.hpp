// Runs one coroutine until it ends, on a loop that belongs to the calling thread: for commands,
// start-up and tests. The loop lives as long as its thread, so that another thread which has just
// handed an answer over never touches one that is gone.
#pragma once

#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "runtime/task.hpp"

namespace tg {

inline asio::io_context& thread_loop() {
  thread_local asio::io_context loop(1);
  loop.restart();
  return loop;
}

template <typename T>
T run_blocking(Task<T> task) {
  asio::io_context& loop = thread_loop();
  std::optional<T> answer;
  std::exception_ptr failure;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T value) {
    failure = error;
    answer.emplace(std::move(value));
  });
  // Not run(): timers of what rests between two calls (pooled connections) are no reason to wait.
  while (!answer && loop.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
  return std::move(*answer);
}

inline void run_blocking(Task<void> task) {
  asio::io_context& loop = thread_loop();
  std::exception_ptr failure;
  bool is_over = false;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error) {
    failure = error;
    is_over = true;
  });
  while (!is_over && loop.run_one() > 0) {
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tg
