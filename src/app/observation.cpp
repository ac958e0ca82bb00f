#include "app/observation.hpp"

#include "runtime/process_metrics.hpp"

namespace tg::app {

Observation::Observation(Loops& loops, const ComputePool& pool, const Clock& clock,
                         metrics::Registry& registry)
    : registry_(registry),
      monitor_(loops, clock, registry),
      process_(metrics::collect_process(registry)),
      pool_(pool.collect(registry, "compute")) {}

wire::Observer& Observation::port(std::string_view service) {
  const std::string name(service);
  return ports_.try_emplace(name, registry_, name).first->second;
}

}  // namespace tg::app
