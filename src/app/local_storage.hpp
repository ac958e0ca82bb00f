// The storage of a service that runs in this process: the folder DATA/<service>/, locked while it
// is open, with the embedded implementation of every port. Not thread-safe: used while services
// start and stop; the ports themselves are thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "app/folder_lock.hpp"
#include "store/service_storage.hpp"

namespace tg::app {

class LocalStorage final : public store::ServiceStorage {
 public:
  // `purpose` is shown to processes that find the folder in use.
  static Result<std::unique_ptr<LocalStorage>> open(const std::filesystem::path& folder,
                                                    const std::string& purpose, ComputePool& pool,
                                                    const Clock& clock, Executor executor);

  Result<sql::Database*> database(std::string name) override;
  store::Bus* bus(sql::Database& database) override;
  Result<store::Blobs*> blobs(std::string name) override;
  Result<store::SearchIndex*> index() override;
  Result<store::UsageEvents*> usage_events() override;
  store::KeyValue* kv() override;
  // To be called after the service has stopped. Idempotent.
  void close();

 private:
  LocalStorage(FolderLock lock, const std::filesystem::path& folder, ComputePool& pool,
               const Clock& clock, Executor executor)
      : ServiceStorage(folder, pool, clock, executor), lock_(std::move(lock)) {}

  FolderLock lock_;
  std::vector<std::unique_ptr<sql::Database>> databases_;
  std::vector<std::unique_ptr<store::Bus>> buses_;
  std::vector<std::unique_ptr<store::Blobs>> blobs_;
  std::unique_ptr<store::SearchIndex> index_;
  std::unique_ptr<store::UsageEvents> usage_events_;
  std::unique_ptr<store::KeyValue> kv_;
};

}  // namespace tg::app
