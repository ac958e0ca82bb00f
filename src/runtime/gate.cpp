#include "runtime/gate.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/system/system_error.hpp>

#include "runtime/log.hpp"

namespace tg {

bool Gate::spawn(Executor executor, Task<void> task) {
  auto entry = std::make_shared<Entry>(executor);
  {
    const std::scoped_lock lock(mutex_);
    if (closed_) return false;
    entries_.push_back(entry);
  }
  asio::co_spawn(
      executor, std::move(task),
      asio::bind_cancellation_slot(entry->signal.slot(), [this, entry](std::exception_ptr error) {
        if (error) {
          try {
            std::rethrow_exception(error);
          } catch (const boost::system::system_error& e) {
            // Tasks are cancelled when their owner stops.
            if (e.code() != asio::error::operation_aborted) {
              log::error("a task threw", {{"what", e.what()}});
            }
          } catch (const std::exception& e) {
            log::error("a task threw", {{"what", e.what()}});
          }
        }
        // Under the lock: the waiter may destroy the gate as soon as the lock is released.
        const std::scoped_lock lock(mutex_);
        std::erase(entries_, entry);
        left_.notify();
      }));
  return true;
}

void Gate::close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
}

void Gate::cancel() {
  const std::scoped_lock lock(mutex_);
  for (const auto& entry : entries_) {
    asio::post(entry->executor, [entry] { entry->signal.emit(asio::cancellation_type::all); });
  }
}

Task<void> Gate::wait() {
  co_await wait_until(SteadyTime::max());
}

Task<bool> Gate::wait_until(SteadyTime until) {
  while (true) {
    const std::uint64_t seen = left_.version();
    if (running() == 0) co_return true;
    const SteadyTime now = std::chrono::steady_clock::now();
    if (now >= until) co_return false;
    const SteadyTime next = std::min(until, now + std::chrono::seconds(1));
    co_await left_.wait_after(seen, std::chrono::ceil<std::chrono::milliseconds>(next - now));
  }
}

std::size_t Gate::running() const {
  const std::scoped_lock lock(mutex_);
  return entries_.size();
}

}  // namespace tg
