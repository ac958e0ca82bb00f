// What a serving process shows of itself: request counts of its ports, loops, compute pool, memory,
// log lines, build; and whether its loops turn.
//
//   Observation observation(loops, pool, clock);
//   observation.start();                                     // once the loops run
//   wire::mount(router, auth, admission, {.observer = &observation.port("auth")});
//   observation.mount(router);                               // GET /metrics
//   ... observation.is_live() ...                            // /health/live
//   observation.stop();                                      // before the loops stop
//
// Loops, pool and clock must outlive it; it must outlive the routers. port(), start() and stop()
// from the starting thread, is_live() from any.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "net/router.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/loop_monitor.hpp"
#include "runtime/metrics.hpp"
#include "wire/request_observer.hpp"

namespace tg::app {

class Observation {
 public:
  // A loop that has not turned for so long is stuck.
  static constexpr std::chrono::seconds kStuck{5};

  Observation(Loops& loops, const ComputePool& pool, const Clock& clock,
              metrics::Registry& registry = metrics::process_registry());

  void start() { monitor_.start(); }
  void stop() { monitor_.stop(); }
  wire::Observer& port(std::string_view service);
  void mount(net::Router& router) { wire::mount_metrics(router, registry_); }
  bool is_live() const { return monitor_.stalled() < kStuck; }

 private:
  metrics::Registry& registry_;
  LoopMonitor monitor_;
  metrics::Registry::Handle process_;
  metrics::Registry::Handle pool_;
  std::map<std::string, wire::RequestObserver, std::less<>> ports_;
};

}  // namespace tg::app
