// The coroutine type: an Asio awaitable bound to the executor type of io_context. (The default
// any_io_executor costs at every step; tools/check_style.py rejects it elsewhere.)
//
//   Task<Result<Answer>> ask(Call call, Question question);
//
// Rules: parameters by value; a lambda that is a coroutine captures nothing; no lock is held across
// co_await; a task is spawned in a Gate (gate.hpp), never detached.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace tg {

namespace asio = boost::asio;

using Executor = asio::io_context::executor_type;

template <typename T>
using Task = asio::awaitable<T, Executor>;

// The completion token for use in a Task.
inline constexpr asio::use_awaitable_t<Executor> use_task{};

}  // namespace tg
