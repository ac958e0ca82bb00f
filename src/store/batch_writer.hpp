// Writes items asynchronously in batches; push() never waits.
//
//   BatchWriter<UsageEvent> writer({.name = "usage_events"}, [&events](auto batch) { .. });
//   writer.start(executor);
//   if (!writer.push(event)) .. // queue full: dropped and counted
//
// One task writes the bounded queue batch by batch: every `interval`, or earlier if a batch is full
// or flush() is called. A crash loses the items of the last interval (at most the queue). While the
// store is unavailable, the queue fills up, and further items are dropped and counted. A failed
// batch is retried unchanged, so writing must be idempotent. A clean stop writes everything.
// Thread-safe.
#pragma once

#include <algorithm>
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/gate.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"
#include "runtime/notifier.hpp"

namespace tg::store {

struct BatchSettings {
  std::string name;  // of telegnosis_<name>_queued, telegnosis_<name>_dropped_total; in warnings
  std::size_t queue = 10'000;
  std::size_t batch = 500;
  std::chrono::milliseconds interval{1000};
};

template <typename Item>
class BatchWriter {
 public:
  using Batch = std::shared_ptr<const std::vector<Item>>;  // never empty
  using Write = std::function<Task<Result<void>>(Batch)>;

  BatchWriter(BatchSettings settings, Write write)
      : settings_(std::move(settings)), write_(std::move(write)) {}

  void start(Executor executor) {
    metrics_ = metrics::process_registry().collect([this](metrics::Exposition& out) {
      const std::string name = "telegnosis_" + settings_.name;
      out.gauge(name + "_queued", "things that wait to be written behind the answers", {},
                static_cast<double>(queued()));
      out.counter(name + "_dropped_total", "things that were not kept: no room", {},
                  static_cast<double>(dropped()));
    });
    {
      const std::scoped_lock lock(mutex_);
      writes_ = true;
    }
    gate_.spawn(executor, run());
  }

  // Writes the queue (until a write fails), then ends.
  Task<void> stop() {
    stopping_ = true;
    changed_.notify();
    gate_.close();
    co_await gate_.wait();
  }

  // False if the queue is full or the writer is stopped.
  bool push(Item item) {
    bool wake = false;
    {
      const std::scoped_lock lock(mutex_);
      if (stopping_ || added_ - written_ >= settings_.queue) {
        ++dropped_;
        return false;
      }
      queue_.push_back(std::move(item));
      ++added_;
      wake = queue_.size() == 1 || queue_.size() == settings_.batch;
    }
    if (wake) changed_.notify();
    return true;
  }

  // Returns when everything pushed before is written, or the error of the batch that failed.
  Task<Result<void>> flush() {
    const auto [target, failures] = progress();
    while (true) {
      const std::uint64_t seen = settled_.version();
      {
        const std::scoped_lock lock(mutex_);
        if (written_ >= target) co_return Result<void>();
        if (failures_ != failures) co_return std::unexpected(*failure_);
        if (!writes_) co_return unavailable(settings_.name, "the writer is stopped");
        flush_to_ = std::max(flush_to_, target);
      }
      changed_.notify();
      co_await settled_.wait_after(seen, kIdle);
    }
  }

  std::size_t queued() const {
    const std::scoped_lock lock(mutex_);
    return added_ - written_;
  }
  std::uint64_t dropped() const { return dropped_; }

 private:
  static constexpr std::chrono::hours kIdle{1};

  std::pair<std::uint64_t, std::uint64_t> progress() const {
    const std::scoped_lock lock(mutex_);
    return {added_, failures_};
  }

  bool is_due() const {
    const std::scoped_lock lock(mutex_);
    return stopping_ || flush_to_ > written_ || added_ - written_ >= settings_.batch;
  }

  // The batch to retry, else the next one; null if the queue is empty.
  Batch take() {
    const std::scoped_lock lock(mutex_);
    if (taken_ || queue_.empty()) return taken_;
    const auto end =
        queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), settings_.batch));
    taken_ = std::make_shared<const std::vector<Item>>(std::make_move_iterator(queue_.begin()),
                                                       std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return taken_;
  }

  void settle(const Result<void>& result) {
    {
      const std::scoped_lock lock(mutex_);
      if (result) {
        written_ += taken_->size();
        taken_.reset();
      } else {
        ++failures_;
        failure_ = result.error();
        flush_to_ = 0;  // flush() reports it; retried after the interval
      }
    }
    settled_.notify();
  }

  Task<void> run() {
    while (true) {
      const std::uint64_t seen = changed_.version();
      if (queued() == 0) {
        if (stopping_) break;
        co_await changed_.wait_after(seen, kIdle);
        continue;
      }
      if (!is_due()) co_await changed_.wait_after(seen, settings_.interval);
      const std::uint64_t before = changed_.version();
      const Result<void> written = co_await write_(take());
      settle(written);
      if (written) continue;
      log::warning("not written behind the answers",
                   {{"what", settings_.name}, {"reason", written.error().reason}});
      if (stopping_) break;
      co_await changed_.wait_after(before, settings_.interval);
    }
    {
      const std::scoped_lock lock(mutex_);
      writes_ = false;
    }
    settled_.notify();
  }

  const BatchSettings settings_;
  const Write write_;
  mutable std::mutex mutex_;
  std::deque<Item> queue_;        // guarded by mutex_
  Batch taken_;                   // guarded by mutex_: in flight, or to be retried
  std::uint64_t added_ = 0;       // guarded by mutex_: items accepted so far
  std::uint64_t written_ = 0;     // guarded by mutex_
  std::uint64_t flush_to_ = 0;    // guarded by mutex_: flush() waits until so many are written
  std::uint64_t failures_ = 0;    // guarded by mutex_
  std::optional<Error> failure_;  // guarded by mutex_: the latest
  bool writes_ = false;           // guarded by mutex_: run() is active
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<bool> stopping_ = false;
  Notifier changed_;  // for run(): there is work
  Notifier settled_;  // for flush(): a batch was written or failed
  Gate gate_;
  metrics::Registry::Handle metrics_;  // destroyed first
};

}  // namespace tg::store
