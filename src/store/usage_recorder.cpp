#include "store/usage_recorder.hpp"

#include <algorithm>

#include "runtime/log.hpp"

namespace tg::store {

void UsageRecorder::start(Executor executor) {
  metrics_ = metrics::process_registry().collect([this](metrics::Exposition& out) {
    out.gauge("telegnosis_usage_events_queued", "usage events that wait to be written", {},
              static_cast<double>(queued()));
  });
  gate_.spawn(executor, run());
}

Task<void> UsageRecorder::stop() {
  stopping_ = true;
  changed_.notify();
  gate_.close();
  co_await gate_.wait();
  while (queued() > 0) {
    if (const auto written = co_await flush(); !written) {
      log::warning("usage events are lost at the stop", {{"detail", written.error().detail}});
      break;
    }
  }
}

void UsageRecorder::record(UsageEvent event) {
  bool full_batch = false;
  {
    const std::scoped_lock lock(mutex_);
    if (queue_.size() >= settings_.queue) {
      ++dropped_;
      return;
    }
    queue_.push_back(std::move(event));
    full_batch = queue_.size() == settings_.batch;
  }
  if (full_batch) changed_.notify();
}

std::size_t UsageRecorder::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

// Only this takes from the queue, so that what was written is still at its front.
Task<Result<void>> UsageRecorder::flush() {
  std::vector<UsageEvent> batch;
  {
    const std::scoped_lock lock(mutex_);
    const std::size_t count = std::min(queue_.size(), settings_.batch);
    batch.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  }
  if (batch.empty()) co_return Result<void>();
  const auto count = static_cast<std::ptrdiff_t>(batch.size());
  TG_CO_CHECK(co_await events_.append(std::move(batch)));
  const std::scoped_lock lock(mutex_);
  queue_.erase(queue_.begin(), queue_.begin() + count);
  co_return Result<void>();
}

Task<void> UsageRecorder::run() {
  while (!stopping_) {
    const std::uint64_t seen = changed_.version();
    if (queued() < settings_.batch) co_await changed_.wait_after(seen, settings_.interval);
    if (stopping_) co_return;
    if (const auto written = co_await flush(); !written) {
      log::warning("usage events wait", {{"reason", written.error().reason}});
      co_await changed_.wait_after(changed_.version(), settings_.interval);
    }
  }
}

}  // namespace tg::store
