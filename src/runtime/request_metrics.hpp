// Metrics of one route: telegnosis_http_requests_total by status, and
// telegnosis_http_request_duration_seconds. Created when the route is mounted; updated without
// locks. Thread-safe.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <string>

#include "runtime/metrics.hpp"

namespace tg::metrics {

class RequestMetrics {
 public:
  // `route`: the pattern ("/documents/{id}"), never the requested path.
  RequestMetrics(Registry& registry, std::string service, std::string route, std::string method);
  RequestMetrics(const RequestMetrics&) = delete;
  RequestMetrics& operator=(const RequestMetrics&) = delete;

  void observe(int status, std::chrono::nanoseconds took);

 private:
  static constexpr int kFirst = 100;
  static constexpr int kLast = 599;
  Counter& counter_of(int status);

  Registry& registry_;
  Labels labels_;  // without `status`
  Histogram& duration_;
  std::array<std::atomic<Counter*>, kLast - kFirst + 1> by_status_{};  // created on first use
};

}  // namespace tg::metrics
