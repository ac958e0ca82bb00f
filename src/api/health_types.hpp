// Health of a service, as every service answers it.
#pragma once

#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace tg::api {

enum class HealthStatus { healthy, degraded, unhealthy };
BOOST_DESCRIBE_ENUM(HealthStatus, healthy, degraded, unhealthy)

struct Health {
  std::string service_name;
  HealthStatus status = HealthStatus::healthy;
  UnixMillis timestamp;
  json::Object
      details;  // `parts`: [{part, state, reason, since}], and what the service has to tell
};
BOOST_DESCRIBE_STRUCT(Health, (), (service_name, status, timestamp, details))

// A part that did not do its work for this answer, in `degraded[]`.
struct Degraded {
  std::string part;
  std::string reason;
  std::optional<UnixMillis> since;
};
BOOST_DESCRIBE_STRUCT(Degraded, (), (part, reason, since))

// Plain acknowledgement.
struct Done {
  bool success = true;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Done, (), (success, message))

}  // namespace tg::api
