// Runs one coroutine on a loop of its own until it ends: for commands, start-up and tests.
#pragma once

#include <exception>
#include <optional>

#include <boost/asio/co_spawn.hpp>

#include "runtime/task.hpp"

namespace tg {

template <typename T>
T run_blocking(Task<T> task) {
  asio::io_context loop(1);
  std::optional<T> answer;
  std::exception_ptr failure;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error, T value) {
    failure = error;
    answer.emplace(std::move(value));
  });
  loop.run();
  if (failure) std::rethrow_exception(failure);
  return std::move(*answer);
}

inline void run_blocking(Task<void> task) {
  asio::io_context loop(1);
  std::exception_ptr failure;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr error) { failure = error; });
  loop.run();
  if (failure) std::rethrow_exception(failure);
}

}  // namespace tg
