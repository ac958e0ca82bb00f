// The storage of one service: its own folder, the ports opened in that folder, a thread pool and a
// clock. Owns what it opens; closed after the service has stopped.
//
//   TG_TRY(sql::Database* const database, storage.database("retrieval"));
//
// Not thread-safe: for use at start-up. The thread rules of the returned ports are in their
// headers.
#pragma once

#include <filesystem>
#include <string>

#include "runtime/compute_pool.hpp"
#include "runtime/task.hpp"
#include "store/blob.hpp"
#include "store/bus.hpp"
#include "store/kv.hpp"
#include "store/olap.hpp"
#include "store/sql.hpp"
#include "store/vec.hpp"

namespace tg::store {

class ServiceStorage {
 public:
  ServiceStorage(std::filesystem::path own, ComputePool& threads, const Clock& time, Executor loop)
      : folder(std::move(own)), pool(threads), clock(time), executor(loop) {}
  virtual ~ServiceStorage() = default;
  ServiceStorage(const ServiceStorage&) = delete;
  ServiceStorage& operator=(const ServiceStorage&) = delete;

  // Opens DATA/<service>/<name>.db, without migrating it. Once per name.
  virtual Result<sql::Database*> database(std::string name) = 0;
  // The bus over the outbox tables (kOutboxTables) of that database.
  virtual Bus* bus(sql::Database& database) = 0;
  virtual Result<Blobs*> blobs(std::string name) = 0;
  virtual Result<SearchIndex*> index() = 0;
  virtual Result<UsageEvents*> usage_events() = 0;
  // Keys of this service only; another service's are separate. Empty after a restart.
  virtual KeyValue* kv() = 0;

  const std::filesystem::path folder;
  ComputePool& pool;
  const Clock& clock;
  const Executor executor;
};

}  // namespace tg::store
