#include "runtime/degradation.hpp"

#include "runtime/log.hpp"

namespace tg {

Degradation::Degradation(std::string service, const Clock& clock, metrics::Registry& registry)
    : service_(std::move(service)), clock_(clock), registry_(registry) {}

metrics::Labels Degradation::labels(std::string_view part) const {
  return {{"service", service_}, {"part", std::string(part)}};
}

UnixMillis Degradation::enter(std::string_view part, std::string_view reason) {
  registry_
      .counter("telegnosis_degraded_total", "times that work went on without a part", labels(part))
      .add();
  const std::scoped_lock lock(mutex_);
  const auto [found, is_new] = states_.try_emplace(std::string(part));
  State& state = found->second;
  ++state.count;
  state.mode.reason = reason;
  if (!is_new) return state.mode.since;
  state.mode.part = part;
  state.mode.since = clock_.wall();
  registry_.gauge("telegnosis_degraded", "1 while a part is degraded", labels(part)).set(1);
  log::warning(
      "degraded",
      {{"service", service_}, {"part", std::string(part)}, {"reason", std::string(reason)}});
  return state.mode.since;
}

void Degradation::leave(std::string_view part) {
  const std::scoped_lock lock(mutex_);
  const auto found = states_.find(part);
  if (found == states_.end()) return;
  const auto lasted = clock_.wall() - found->second.mode.since;
  registry_.gauge("telegnosis_degraded", "1 while a part is degraded", labels(part)).set(0);
  log::info("no longer degraded", {{"service", service_},
                                   {"part", std::string(part)},
                                   {"seconds", std::to_string(lasted / std::chrono::seconds(1))},
                                   {"times", std::to_string(found->second.count)}});
  states_.erase(found);
}

bool Degradation::is_degraded(std::string_view part) const {
  const std::scoped_lock lock(mutex_);
  return states_.contains(part);
}

std::vector<Degradation::Mode> Degradation::current() const {
  const std::scoped_lock lock(mutex_);
  std::vector<Mode> modes;
  for (const auto& [_, state] : states_) modes.push_back(state.mode);
  return modes;
}

}  // namespace tg
