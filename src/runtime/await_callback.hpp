// Waits, in a coroutine, for something that another thread will call back:
//
//   Result<Rows> rows = co_await await_callback<Result<Rows>>([&](auto done) { writer.push(work,
//   done); });
//
// `start` is called at once with a copyable `done(T)`, to be called exactly once from any thread;
// the coroutine goes on at its own executor. What `start` captured by reference must live until
// then.
#pragma once

#include <memory>
#include <utility>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

#include "runtime/task.hpp"

namespace tg {

template <typename T, typename Start>
Task<T> await_callback(Start start) {
  auto executor = co_await asio::this_coro::executor;
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void(T)>(
      [executor](auto handler, Start begin) {
        auto shared = std::make_shared<decltype(handler)>(std::move(handler));
        auto keep = std::make_shared<asio::executor_work_guard<Executor>>(executor);
        begin([shared, keep, executor](T answer) {
          // The guard goes on the loop itself: after post() this thread touches nothing of it.
          asio::post(executor, [shared, keep, answer = std::move(answer)]() mutable {
            keep->reset();
            std::move (*shared)(std::move(answer));
          });
        });
      },
      use_task, std::move(start));
}

}  // namespace tg
