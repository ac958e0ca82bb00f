// Builds the health of a service: its parts, what is degraded and since when, further facts.
//
//   co_return HealthReport("retrieval", clock_)
//       .needs("database", database_.ping())
//       .degraded(degradation_)
//       .tell("version", index.version)
//       .make();
//
// `details.parts` is [{part, state (up, degraded, down, off), reason, since}]. A needed part that
// is down makes the service unhealthy; any other part that is not up makes it degraded. Not
// thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/health_types.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "runtime/degradation.hpp"

namespace tg::api {

class HealthReport {
 public:
  HealthReport(std::string service, const Clock& clock);

  // Required part: up or, with the error's message as the reason, down.
  HealthReport& needs(std::string_view part, const Result<void>& answer);
  // Optional part: up or degraded.
  HealthReport& uses(std::string_view part, const Result<void>& answer);
  // The same with `since`, which `memory` keeps between reports.
  HealthReport& needs(std::string_view part, const Result<void>& answer, Degradation& memory);
  HealthReport& uses(std::string_view part, const Result<void>& answer, Degradation& memory);
  // Adds all current modes, except those of parts that the report has already.
  HealthReport& degraded(const Degradation& degradation);
  HealthReport& degraded(std::string_view part, std::string_view reason,
                         std::optional<UnixMillis> since = {});
  HealthReport& up(std::string_view part);
  // A part that is not configured; does not change the status.
  HealthReport& off(std::string_view part, std::string_view reason);
  HealthReport& tell(std::string_view name, json::Value value);
  Health make();

 private:
  void add(std::string_view part, std::string_view state, std::string_view reason,
           std::optional<UnixMillis> since);
  void lower_to(HealthStatus status);
  bool tells(std::string_view part) const;
  void remember(std::string_view part, const Result<void>& answer, Degradation& memory);

  Health health_;
  json::Array parts_;
};

// How long a health check waits for the health of the services that this one needs; less than the
// caller of the check waits.
inline constexpr std::chrono::milliseconds kNeighbourHealthTime{500};
// The health of another service as the result of a part: an error if it cannot work.
Result<void> answer_of(const Result<Health>& health);

}  // namespace tg::api
