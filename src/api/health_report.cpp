#include "api/health_report.hpp"

#include <algorithm>

namespace tg::api {

HealthReport::HealthReport(std::string service, const Clock& clock)
    : health_{.service_name = std::move(service), .timestamp = clock.wall(), .details = {}} {}

HealthReport& HealthReport::needs(std::string_view part, const Result<void>& answer) {
  add(part, answer ? "up" : "down", answer ? std::string_view() : answer.error().message, {});
  if (!answer) lower_to(HealthStatus::unhealthy);
  return *this;
}

HealthReport& HealthReport::uses(std::string_view part, const Result<void>& answer) {
  add(part, answer ? "up" : "down", answer ? std::string_view() : answer.error().message, {});
  if (!answer) lower_to(HealthStatus::degraded);
  return *this;
}

HealthReport& HealthReport::degraded(const Degradation& degradation) {
  for (const Degradation::Mode& mode : degradation.current()) {
    if (tells(mode.part)) continue;
    add(mode.part, "degraded", mode.reason, mode.since);
    lower_to(HealthStatus::degraded);
  }
  return *this;
}

HealthReport& HealthReport::needs(std::string_view part, const Result<void>& answer,
                                  Degradation& memory) {
  remember(part, answer, memory);
  if (!answer) lower_to(HealthStatus::unhealthy);
  return *this;
}

HealthReport& HealthReport::uses(std::string_view part, const Result<void>& answer,
                                 Degradation& memory) {
  remember(part, answer, memory);
  if (!answer) lower_to(HealthStatus::degraded);
  return *this;
}

HealthReport& HealthReport::degraded(std::string_view part, std::string_view reason,
                                     std::optional<UnixMillis> since) {
  add(part, "degraded", reason, since);
  lower_to(HealthStatus::degraded);
  return *this;
}

HealthReport& HealthReport::up(std::string_view part) {
  add(part, "up", {}, {});
  return *this;
}

HealthReport& HealthReport::off(std::string_view part, std::string_view reason) {
  add(part, "off", reason, {});
  return *this;
}

HealthReport& HealthReport::tell(std::string_view name, json::Value value) {
  health_.details[name] = std::move(value);
  return *this;
}

Health HealthReport::make() {
  health_.details["parts"] = parts_;
  return health_;
}

void HealthReport::add(std::string_view part, std::string_view state, std::string_view reason,
                       std::optional<UnixMillis> since) {
  json::Object entry{{"part", part}, {"state", state}};
  entry["reason"] = reason.empty() ? json::Value(nullptr) : json::Value(reason);
  entry["since"] = json::write(since);
  parts_.push_back(std::move(entry));
}

void HealthReport::remember(std::string_view part, const Result<void>& answer,
                            Degradation& memory) {
  if (answer) {
    memory.leave(part);
    up(part);
    return;
  }
  memory.enter(part, answer.error().message);
  for (const Degradation::Mode& mode : memory.current()) {
    if (mode.part == part) add(part, "down", mode.reason, mode.since);
  }
}

bool HealthReport::tells(std::string_view part) const {
  return std::ranges::any_of(parts_, [part](const json::Value& told) {
    return std::string_view(told.at("part").get_string()) == part;
  });
}

void HealthReport::lower_to(HealthStatus status) {
  health_.status = std::max(health_.status, status);
}

Result<void> answer_of(const Result<Health>& health) {
  if (!health) return std::unexpected(health.error());
  if (health->status == HealthStatus::unhealthy) return unavailable(health->service_name);
  return {};
}

}  // namespace tg::api
