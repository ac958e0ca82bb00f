// The room of a service of this process: DATA/<service>/, locked while it is open, with the
// embedded twin of every port.
#pragma once

#include <memory>
#include <vector>

#include "app/folder_lock.hpp"
#include "store/room.hpp"

namespace tg::app {

class ServiceRoom final : public store::Room {
 public:
  // `purpose` is told to whoever finds the folder in use.
  static Result<std::unique_ptr<ServiceRoom>> open(const std::filesystem::path& folder,
                                                   const std::string& purpose, ComputePool& pool,
                                                   const Clock& clock, Executor executor);

  Result<sql::Database*> database(std::string name) override;
  store::Bus* bus(sql::Database& database) override;
  Result<store::Blobs*> blobs(std::string name) override;
  Result<store::SearchIndex*> index() override;
  Result<store::UsageEvents*> usage_events() override;
  // After the service has stopped; a second time does nothing.
  void close();

 private:
  ServiceRoom(FolderLock lock, const std::filesystem::path& folder, ComputePool& pool,
              const Clock& clock, Executor executor)
      : Room(folder, pool, clock, executor), lock_(std::move(lock)) {}

  FolderLock lock_;
  std::vector<std::unique_ptr<sql::Database>> databases_;
  std::vector<std::unique_ptr<store::Bus>> buses_;
  std::vector<std::unique_ptr<store::Blobs>> blobs_;
  std::unique_ptr<store::SearchIndex> index_;
  std::unique_ptr<store::UsageEvents> usage_events_;
};

}  // namespace tg::app
