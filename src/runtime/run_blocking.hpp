// Runs a coroutine to its end on a loop of the calling thread: for commands, start-up and tests.
// The loop lives as long as its thread, so that another thread that has just delivered a result
// never touches a destroyed one. Thread-safe.
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
  // Not run(): timers of idle objects (pooled connections) must not delay the return.
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
