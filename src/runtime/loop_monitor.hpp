// Watches that the event loops keep turning: a timer on each loop tells by how much it is late
// (telegnosis_loop_lag_seconds), and /health/live asks whether one has stood still.
//
//   LoopMonitor monitor(loops, clock, registry);
//   monitor.start();                        // after Loops::start()
//   ... monitor.stalled() < 5s ...
//   monitor.stop();                         // before Loops::stop()
//
// stalled() from any thread; start() and stop() from the owner's.
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

// What is known of one loop. tick() on the loop, silence() from anywhere.
class LoopPulse {
 public:
  LoopPulse(metrics::Histogram& lag, SteadyTime now) : lag_(lag), last_(now) {}
  // The timer that was due then has fired now.
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
  // For how long the quietest loop has not turned.
  std::chrono::milliseconds stalled() const;

 private:
  Task<void> watch(std::size_t loop);

  Loops& loops_;
  const Clock& clock_;
  const std::chrono::milliseconds interval_;
  std::vector<std::unique_ptr<LoopPulse>> pulses_;  // one a loop
  Gate gate_;
};

}  // namespace tg
