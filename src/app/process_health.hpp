// The process's part of a service's health: free disk space, and whether the event loops make
// progress. Added to what the service itself reports. Thread-safe.
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

  // Adds an entry per part to `details.parts`: part, state, reason, since. A degraded part makes a
  // healthy service degraded.
  void add_to(api::Health& health);
  bool is_alive() const { return loops_.stalled() < kStall; }

 private:
  void look();

  const std::filesystem::path data_;
  const LoopMonitor& loops_;
  Degradation degradation_;
};

}  // namespace tg::app
