// Monitors the event loops: a timer on each loop measures how late it fires
// (telegnosis_loop_lag_seconds), and /health/live checks whether a loop is blocked.
//
//   LoopMonitor monitor(loops, clock, registry);
//   monitor.start();                        // after Loops::start()
//   ... monitor.stalled() < 5s ...
//   monitor.stop();                         // before Loops::stop()
//
// stalled() is thread-safe; start() and stop() are called by the owner.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "runtime/gate.hpp"
#include "runtime/loops.hpp"
#include "runtime/metrics.hpp"

namespace tg {

// State of one loop. tick() is called on the loop; silence() is thread-safe.
class LoopPulse {
 public:
  LoopPulse(metrics::Histogram& lag, SteadyTime now) : lag_(lag), last_(now) {}
  // The timer that was due at `due` fired at `now`.
  void tick(SteadyTime due, SteadyTime now);
  std::chrono::nanoseconds silence(SteadyTime now) const { return now - last_.load(); }

 private:
  metrics::Histogram& lag_;
  std::atomic<SteadyTime> last_;
};

class LoopMonitor {
 public:
  static constexpr std::chrono::milliseconds kInterval{250};

  LoopMonitor(Loops& loops, const Clock& clock, metrics::Registry& registry,
              std::chrono::milliseconds interval = kInterval);
  ~LoopMonitor() { stop(); }
  LoopMonitor(const LoopMonitor&) = delete;
  LoopMonitor& operator=(const LoopMonitor&) = delete;

  void start();
  void stop();
  // For how long the longest blocked loop has not run its timer.
  std::chrono::milliseconds stalled() const;

 private:
  Task<void> watch(std::size_t loop);

  Loops& loops_;
  const Clock& clock_;
  const std::chrono::milliseconds interval_;
  std::vector<std::unique_ptr<LoopPulse>> pulses_;  // one per loop
  Gate gate_;
};

}  // namespace tg
