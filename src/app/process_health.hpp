// What of a service's health is the process's: the disk under its data, and whether the loops turn.
// Added to what the service says of itself, so that /health tells the whole truth. Thread-safe.
#pragma once

#include <filesystem>

#include "api/health_types.hpp"
#include "base/clock.hpp"
#include "runtime/degradation.hpp"
#include "runtime/loop_monitor.hpp"

namespace tg::app {

class ProcessHealth {
 public:
  static constexpr std::uintmax_t kLowDiskBytes = 256 << 20;
  static constexpr std::chrono::milliseconds kStall{5000};

  ProcessHealth(std::filesystem::path data, const LoopMonitor& loops, const Clock& clock)
      : data_(std::move(data)), loops_(loops), degradation_("process", clock) {}

  // `details.parts` gets a row for each: part, state, reason, since. What is not well makes the
  // whole degraded.
  void add_to(api::Health& health);
  bool is_alive() const { return loops_.stalled() < kStall; }

 private:
  void look();

  const std::filesystem::path data_;
  const LoopMonitor& loops_;
  Degradation degradation_;
};

}  // namespace tg::app
