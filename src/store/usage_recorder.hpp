// Writes usage events behind the answers: record() never waits and never fails.
//
// Events lie in a bounded queue and are appended in batches, every `interval` or when a batch is
// full. What that may cost: a crash loses the events of the last interval (at most the queue), and
// while the store does not answer the queue fills and new events are dropped and counted, as
// statistics must not slow answers down. A batch that failed is sent again as it was; ids make that
// harmless. A clean stop writes everything. Thread-safe.
#pragma once

#include <atomic>
#include <deque>
#include <mutex>

#include "runtime/gate.hpp"
#include "runtime/metrics.hpp"
#include "runtime/notifier.hpp"
#include "store/olap.hpp"

namespace tg::store {

struct UsageRecorderSettings {
  std::size_t queue = 10'000;
  std::size_t batch = 500;
  std::chrono::milliseconds interval{1000};
};

class UsageRecorder {
 public:
  using Settings = UsageRecorderSettings;
  explicit UsageRecorder(UsageEvents& events, Settings settings = {})
      : events_(events), settings_(settings) {}

  void start(Executor executor);
  // Writes what is queued (one try), then ends.
  Task<void> stop();
  void record(UsageEvent event);
  // Writes one batch now; for stop() and tests.
  Task<Result<void>> flush();

  std::size_t queued() const;
  std::uint64_t dropped() const { return dropped_; }

 private:
  Task<void> run();

  UsageEvents& events_;
  const Settings settings_;
  mutable std::mutex mutex_;
  std::deque<UsageEvent> queue_;  // guarded by mutex_
  std::atomic<std::uint64_t> dropped_ = 0;
  std::atomic<bool> stopping_ = false;
  Notifier changed_;
  Gate gate_;
  metrics::Registry::Handle metrics_;  // ends first
};

}  // namespace tg::store
