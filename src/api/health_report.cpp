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
    add(mode.part, "degraded", mode.reason, mode.since);
    lower_to(HealthStatus::degraded);
  }
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

void HealthReport::lower_to(HealthStatus status) {
  health_.status = std::max(health_.status, status);
}

std::vector<Degraded> degraded_of(const Degradation& degradation) {
  std::vector<Degraded> parts;
  for (Degradation::Mode& mode : degradation.current()) {
    parts.push_back(
        {.part = std::move(mode.part), .reason = std::move(mode.reason), .since = mode.since});
  }
  return parts;
}

}  // namespace tg::api
