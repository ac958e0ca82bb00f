// Runs a task to its end in a gate and waits for its result: for steps that must not stop halfway
// when their caller is cancelled (its client has gone, its deadline has passed), such as removing
// files after the commit that deletes their rows.
//
//   co_return co_await run_in_gate(&gate_, executor_, remove_channel(id));
//
// The caller waits for the result even if it is cancelled meanwhile; a caller that was cancelled
// before never starts the task. Code::unavailable ("stopping") when the gate is closed or cancels
// the task. Thread-safe.
#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

#include "base/error.hpp"
#include "runtime/await_callback.hpp"
#include "runtime/gate.hpp"

namespace tg {

namespace detail {

inline std::unexpected<Error> gate_closes() {
  return fail(Code::unavailable, "stopping", "the service is stopping");
}

template <typename T, typename Done>
Task<void> report_result(Task<Result<T>> task, Done done) {
  std::optional<Result<T>> result;
  try {
    result.emplace(co_await std::move(task));
  } catch (const boost::system::system_error& error) {
    result.emplace(error.code() == asio::error::operation_aborted ? gate_closes()
                                                                  : internal(error.what()));
  } catch (const std::exception& error) {
    result.emplace(internal(error.what()));
  }
  done(*std::move(result));
}

}  // namespace detail

template <typename T>
Task<Result<T>> run_in_gate(Gate* gate, Executor executor, Task<Result<T>> task) {
  co_return co_await await_callback<Result<T>>(
      [gate, executor, task = std::move(task)](auto done) mutable {
        if (!gate->spawn(executor, detail::report_result<T>(std::move(task), done)))
          done(Result<T>(detail::gate_closes()));
      });
}

}  // namespace tg
