#include "runtime/request_metrics.hpp"

#include <algorithm>

namespace tg::metrics {

RequestMetrics::RequestMetrics(Registry& registry, std::string service, std::string route,
                               std::string method)
    : registry_(registry),
      labels_{{"service", std::move(service)},
              {"route", std::move(route)},
              {"method", std::move(method)}},
      duration_(registry.histogram("telegnosis_http_request_duration_seconds",
                                   "time from a request's head to the end of its answer", labels_,
                                   kSeconds)) {}

void RequestMetrics::observe(int status, std::chrono::nanoseconds took) {
  counter_of(status).add();
  duration_.observe(std::chrono::duration<double>(took).count());
}

Counter& RequestMetrics::counter_of(int status) {
  const int known = std::clamp(status, kFirst, kLast);
  std::atomic<Counter*>& place = by_status_[static_cast<std::size_t>(known - kFirst)];
  if (Counter* counter = place.load(std::memory_order_acquire)) return *counter;
  Labels labels = labels_;
  labels.emplace_back("status", std::to_string(known));
  Counter& made = registry_.counter("telegnosis_http_requests_total", "requests answered", labels);
  place.store(&made, std::memory_order_release);  // racing threads store the same pointer
  return made;
}

}  // namespace tg::metrics
