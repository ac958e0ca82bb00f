// How a service puts its health together: its parts, what is degraded and since when, what else it
// has to tell.
//
//   co_return HealthReport("retrieval", clock_)
//       .needs("database", database_.ping())
//       .degraded(degradation_)
//       .tell("version", index.version)
//       .make();
//
// `details.parts` is [{part, state (up, degraded, down, off), reason, since}]. A needed part that
// is down makes the service unhealthy, everything else that is not up makes it degraded. A value:
// one thread.
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

  // Up or, with the error's message as the reason, down.
  HealthReport& needs(std::string_view part, const Result<void>& answer);
  // The same for a part without which the service goes on, degraded.
  HealthReport& uses(std::string_view part, const Result<void>& answer);
  // The same with the time since which it is so, which `memory` keeps between reports.
  HealthReport& needs(std::string_view part, const Result<void>& answer, Degradation& memory);
  HealthReport& uses(std::string_view part, const Result<void>& answer, Degradation& memory);
  // What stands in the report already is not told twice.
  HealthReport& degraded(const Degradation& degradation);
  HealthReport& degraded(std::string_view part, std::string_view reason,
                         std::optional<UnixMillis> since = {});
  HealthReport& up(std::string_view part);
  // A part that nobody has set up: no fault.
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

// How long a service that is asked how it is waits for those that it needs to say the same: less
// than it is itself given by who asks.
inline constexpr std::chrono::milliseconds kNeighbourHealthTime{500};
// What another service's health says to one that works with it: its trouble, if it cannot work.
Result<void> answer_of(const Result<Health>& health);

}  // namespace tg::api
