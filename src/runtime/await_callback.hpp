// Awaits a callback from another thread:
//
//   Result<Rows> rows = co_await await_callback<Result<Rows>>(
//       [&](auto done) { writer.push(work, done); });
//
// `start` is called at once with a copyable `done(T)`, which must be called exactly once, from any
// thread. The coroutine resumes on its own executor. Whatever `start` captures by reference must
// live until then. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "runtime/task.hpp"

namespace tg {

namespace detail {

// State on the waiting loop while the other thread works.
template <typename Handler>
struct Waiting {
  Waiting(Handler to_call, Executor executor) : handler(std::move(to_call)), keep(executor) {}
  Handler handler;
  asio::executor_work_guard<Executor> keep;  // released on the loop itself
  // Held by the other thread while it posts, and acquired by the loop before the coroutine resumes:
  // by then post() no longer touches anything that the coroutine may destroy, the loop included.
  std::mutex posting;
};

}  // namespace detail

template <typename T, typename Start>
Task<T> await_callback(Start start) {
  auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(T)>(
      [executor](auto handler, Start begin) {
        auto waiting =
            std::make_shared<detail::Waiting<decltype(handler)>>(std::move(handler), executor);
        begin([waiting, executor](T answer) {
          const std::scoped_lock lock(waiting->posting);
          asio::post(executor, [waiting, answer = std::move(answer)]() mutable {
            {
              const std::scoped_lock posted(waiting->posting);
            }
            waiting->keep.reset();
            std::move(waiting->handler)(std::move(answer));
          });
        });
      },
      use_task, std::move(start));
}

}  // namespace tg
