#include "runtime/notifier.hpp"

#include <algorithm>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>

namespace tg {

std::uint64_t Notifier::version() const {
  const std::scoped_lock lock(mutex_);
  return version_;
}

void Notifier::notify() {
  // Under the lock: a waiter acquires it before it ends, so that its loop still exists here.
  const std::scoped_lock lock(mutex_);
  ++version_;
  for (const auto& timer : waiters_) {
    // On the waiter's loop, where it is either waiting or gone.
    asio::post(timer->get_executor(), [timer] { timer->cancel(); });
  }
  waiters_.clear();
}

Task<void> Notifier::wait_after(std::uint64_t seen, std::chrono::milliseconds at_most) {
  auto timer = std::make_shared<Timer>(co_await asio::this_coro::executor, at_most);
  {
    const std::scoped_lock lock(mutex_);
    if (version_ != seen) co_return;
    waiters_.push_back(timer);
  }
  co_await timer->async_wait(asio::as_tuple(use_task));
  const std::scoped_lock lock(mutex_);
  std::erase(waiters_, timer);
}

}  // namespace tg
