// Counts what a port answered, by route and status, and shows all metrics of the process:
//
//   RequestObserver observer(registry, "auth");
//   wire::mount<api::Auth>(router, auth, admission, {.observer = &observer});
//   wire::mount_metrics(router, registry);                    // GET /metrics
//
// answered() runs on the loops and takes no lock once a route was seen.
#pragma once

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "runtime/metrics.hpp"
#include "runtime/request_metrics.hpp"
#include "wire/mount.hpp"

namespace tg::wire {

class RequestObserver final : public Observer {
 public:
  // `service` is whose port it is: the gateway's requests are the gateway's, whoever answers them.
  RequestObserver(metrics::Registry& registry, std::string service);

  void answered(std::string_view service, const api::Spec& spec, int status,
                std::chrono::nanoseconds took) override;

 private:
  struct Route {
    Route(const api::Spec& of, metrics::Registry& registry, const std::string& service);
    const api::Spec* spec;
    metrics::RequestMetrics metrics;
  };
  // Open addressing by the row's address; more than three times as large as all contracts together.
  static constexpr std::size_t kPlaces = 512;
  Route& route_of(const api::Spec& spec);
  // The place of the row, or the free one where it belongs.
  std::atomic<Route*>& place_of(const api::Spec& spec);

  metrics::Registry& registry_;
  const std::string service_;
  std::array<std::atomic<Route*>, kPlaces> places_{};
  std::mutex mutex_;
  std::vector<std::unique_ptr<Route>> routes_;  // guarded by mutex_
};

void mount_metrics(net::Router& router, metrics::Registry& registry);

}  // namespace tg::wire
