#include "app/process_health.hpp"

#include <fmt/core.h>

#include "base/json_fields.hpp"

namespace tg::app {

void ProcessHealth::look() {
  std::error_code error;
  const auto space = std::filesystem::space(data_, error);
  if (error) {
    degradation_.enter("disk", "the free space of the data folder cannot be determined");
  } else if (space.available < kLowDiskBytes) {
    degradation_.enter("disk", fmt::format("only {} MB are free", space.available >> 20));
  } else {
    degradation_.leave("disk");
  }
  if (is_alive()) {
    degradation_.leave("loops");
  } else {
    degradation_.enter("loops", "an event loop is stalled");
  }
}

void ProcessHealth::add_to(api::Health& health) {
  look();
  json::Array parts = json::array_in(health.details, "parts");
  for (const char* part : {"disk", "loops"}) {
    if (!degradation_.is_degraded(part))
      parts.push_back(
          json::Object{{"part", part}, {"state", "up"}, {"reason", nullptr}, {"since", nullptr}});
  }
  for (const Degradation::Mode& mode : degradation_.current()) {
    parts.push_back(json::Object{{"part", mode.part},
                                 {"state", "degraded"},
                                 {"reason", mode.reason},
                                 {"since", format_iso8601(mode.since)}});
    if (health.status == api::HealthStatus::healthy) health.status = api::HealthStatus::degraded;
  }
  health.details["parts"] = std::move(parts);
}

}  // namespace tg::app
