// Health of a service, and the parts of a reply that are degraded. Plain values.
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
  json::Object details;  // `parts`: [{part, state, reason, since}]; further facts of the service
};
BOOST_DESCRIBE_STRUCT(Health, (), (service_name, status, timestamp, details))

// An entry of `degraded[]`: a part that did not contribute to this reply.
struct Degraded {
  std::string part;    // "vector", "history"
  std::string reason;  // a sentence for the user (Error::message), not the stable Error::reason
  std::optional<UnixMillis> since;
};
BOOST_DESCRIBE_STRUCT(Degraded, (), (part, reason, since))

// An acknowledgement without data.
struct Done {
  bool success = true;
  std::string message;
};
BOOST_DESCRIBE_STRUCT(Done, (), (success, message))

}  // namespace tg::api
