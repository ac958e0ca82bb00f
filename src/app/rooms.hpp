// What House and the roles share while the services of a process are opened. Internal to app.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/folder_lock.hpp"
#include "app/house.hpp"
#include "base/clock.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/metrics.hpp"
#include "runtime/modules.hpp"
#include "runtime/run_blocking.hpp"
#include "store/blob.hpp"
#include "store/olap.hpp"
#include "store/sql.hpp"
#include "store/vec.hpp"

namespace tg::app {

struct House::Rooms {
  explicit Rooms(HouseSettings with);

  // DATA/<service>/<name>.db, the service's own name where none is given; closed after the service
  // has stopped.
  Result<sql::Database*> open_database(const std::string& service, const std::string& name = {});
  void close_databases(std::string_view service);
  std::filesystem::path folder(std::string_view service) const { return settings.data / service; }
  bool runs_here(std::string_view service) const;
  // Puts an object behind a contract; it lives as long as the house.
  template <typename Service, typename Object>
  Object& place(Service* Services::* member, std::unique_ptr<Object> object) {
    std::shared_ptr<Object> owned = std::move(object);
    services.*member = owned.get();
    objects.push_back(owned);
    return *owned;
  }
  // The same for an object with start() and, where it has work of its own, stop().
  template <typename Service, typename Object>
  Result<void> place_and_start(std::string_view name, Service* Services::* member,
                               std::unique_ptr<Object> object) {
    Object& placed = place(member, std::move(object));
    TG_CHECK(run_blocking(placed.start()));
    if constexpr (requires { placed.stop(); })
      stops.emplace(name, [&placed] { run_blocking(placed.stop()); });
    return {};
  }

  HouseSettings settings;
  std::vector<FolderLock> locks;
  SystemClock clock;
  Loops loops;
  ComputePool pool;  // ends before the loops that its answers go to
  metrics::Registry::Handle pool_metrics;
  std::multimap<std::string, std::unique_ptr<sql::Database>, std::less<>> databases;  // by service
  std::unique_ptr<store::SearchIndex> index;
  std::unique_ptr<store::Blobs> originals;
  std::unique_ptr<store::UsageEvents> usage;
  std::vector<std::shared_ptr<void>> objects;
  std::map<std::string, std::function<void()>, std::less<>> stops;
  std::function<Result<std::optional<std::string>>()> setup_token;
  Services services;
  Modules modules;
};

// roles.cpp: decides for every service whether an object of this process, a remote one or one that
// says why it cannot be reached stands behind its contract; the first kind becomes a module.
void fill_roles(House::Rooms& rooms);

}  // namespace tg::app
