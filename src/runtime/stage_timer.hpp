// Measures consecutive stages of an operation:
//
//   StageTimer timer("ingest.store");
//   ...
//   timer.next("ingest.index");
//   ...                              // the last stage ends with the timer, also on errors
//
// Each stage is observed in telegnosis_stage_duration_seconds. Not thread-safe.
#pragma once

#include <chrono>

#include "runtime/metrics.hpp"

namespace tg::metrics {

class StageTimer {
 public:
  explicit StageTimer(const char* stage) : stage_(stage) {}
  ~StageTimer() { observe(); }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

  void next(const char* stage) {
    observe();
    stage_ = stage;
    begin_ = Clock::now();
  }

 private:
  using Clock = std::chrono::steady_clock;
  void observe() const {
    observe_stage(stage_, std::chrono::duration<double>(Clock::now() - begin_).count());
  }
  const char* stage_;
  Clock::time_point begin_ = Clock::now();
};

}  // namespace tg::metrics
