#include "app/local_storage.hpp"

#include "backend/disk_blobs.hpp"
#include "backend/embedded_index.hpp"
#include "backend/memory_kv.hpp"
#include "backend/outbox_bus.hpp"
#include "backend/sql_usage_events.hpp"
#include "backend/sqlite/sqlite_database.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {

Result<std::unique_ptr<LocalStorage>> LocalStorage::open(const std::filesystem::path& folder,
                                                         const std::string& purpose,
                                                         ComputePool& pool, const Clock& clock,
                                                         Executor executor) {
  TG_TRY(auto lock, FolderLock::take(folder, purpose));
  return std::unique_ptr<LocalStorage>(
      new LocalStorage(std::move(lock), folder, pool, clock, executor));
}

Result<sql::Database*> LocalStorage::database(std::string name) {
  TG_TRY(auto opened, sqlite::open_database(folder / (name + ".db"), pool));
  return databases_.emplace_back(std::move(opened)).get();
}

store::Bus* LocalStorage::bus(sql::Database& database) {
  return buses_.emplace_back(backend::make_outbox_bus(database, clock)).get();
}

Result<store::Blobs*> LocalStorage::blobs(std::string name) {
  TG_TRY(auto opened, backend::open_disk_blobs(folder / name, pool));
  return blobs_.emplace_back(std::move(opened)).get();
}

Result<store::SearchIndex*> LocalStorage::index() {
  TG_TRY(index_, backend::open_embedded_index(folder, pool, clock));
  return index_.get();
}

// A database of its own: statistics can be lost, copied and deleted independently.
Result<store::UsageEvents*> LocalStorage::usage_events() {
  TG_TRY(sql::Database* const opened, database("usage"));
  TG_TRY_VOID(run_blocking(opened->migrate(backend::usage_events_migrations())));
  usage_events_ = backend::make_sql_usage_events(*opened);
  return usage_events_.get();
}

store::KeyValue* LocalStorage::kv() {
  if (!kv_) kv_ = backend::make_memory_kv(clock);
  return kv_.get();
}

void LocalStorage::close() {
  for (const auto& opened : databases_) run_blocking(opened->close());
}

}  // namespace tg::app
