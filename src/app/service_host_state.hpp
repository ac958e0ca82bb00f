// What ServiceHost and the roles share while the services of a process are opened. Internal to app.
// Not thread-safe: filled and stopped by the thread that owns the ServiceHost.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/local_storage.hpp"
#include "app/service_host.hpp"
#include "base/clock.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/metrics.hpp"
#include "runtime/modules.hpp"

namespace tg::app {

struct ServiceHost::State {
  explicit State(ServiceHostSettings with);

  bool runs_here(std::string_view service) const;

  ServiceHostSettings settings;
  SystemClock clock;
  Loops loops;
  ComputePool pool;  // destroyed before the loops that it posts results to
  metrics::Registry::Handle pool_metrics;
  std::map<std::string, std::unique_ptr<LocalStorage>, std::less<>> storages;  // by service
  std::vector<std::shared_ptr<void>> objects;                       // behind the contracts
  std::map<std::string, std::function<void()>, std::less<>> stops;  // by service
  std::vector<std::function<void()>> stream_ends;  // of services with streams that do not end
  std::function<Result<std::optional<std::string>>()> setup_token;
  Services services;
  Modules modules;
};

// In roles.cpp: puts an object of this process, a remote stub, or a stub that reports why the
// service cannot be reached behind every contract. Objects of this process become modules.
void fill_roles(ServiceHost::State& state);

}  // namespace tg::app
