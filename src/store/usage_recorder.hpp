// Writes usage events asynchronously; record() never waits and never fails. Events of the last
// interval are lost in a crash, and events are dropped while the queue is full (see
// store/batch_writer.hpp). Thread-safe.
#pragma once

#include "store/batch_writer.hpp"
#include "store/olap.hpp"

namespace tg::store {

class UsageRecorder {
 public:
  explicit UsageRecorder(UsageEvents& events, BatchSettings settings = {.name = "usage_events"});

  void start(Executor executor) { writer_.start(executor); }
  Task<void> stop() { return writer_.stop(); }
  void record(UsageEvent event) { writer_.push(std::move(event)); }
  Task<Result<void>> flush() { return writer_.flush(); }

  std::size_t queued() const { return writer_.queued(); }
  std::uint64_t dropped() const { return writer_.dropped(); }

 private:
  BatchWriter<UsageEvent> writer_;
};

}  // namespace tg::store
