// The model service: api::Models over a folder of its own. Loading and downloading are not
// implemented yet (501, after validation of the name). Thread-safe.
#pragma once

#include <filesystem>

#include "api/model.hpp"
#include "base/clock.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/degradation.hpp"
#include "service/model/resources.hpp"
#include "service/model/shelf.hpp"

namespace tg::model {

class ModelService final : public api::Models {
 public:
  // `folder`: DATA/model, with the subfolders models/ and cache/.
  ModelService(ComputePool& pool, const Clock& clock, const std::filesystem::path& folder);

  // Creates the folders; completes deletions that a crash interrupted.
  Task<Result<void>> start();

  Task<Result<std::vector<api::Model>>> list(api::Call call, api::Nothing request) override;
  Task<Result<api::Message>> download(api::Call call, api::DownloadRequest request) override;
  Task<Result<api::Message>> load(api::Call call, api::ModelName name) override;
  Task<Result<api::Message>> unload(api::Call call, api::ModelName name) override;
  Task<Result<api::Message>> remove(api::Call call, api::ModelName name) override;
  Task<Result<api::Resources>> resources(api::Call call, api::Nothing request) override;
  Task<Result<api::CleanupReply>> cleanup(api::Call call, api::CleanupRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  Task<Result<api::Model>> find(std::string name);

  ComputePool& pool_;
  const Clock& clock_;
  Degradation degradation_{"model", clock_};
  const std::filesystem::path models_folder_;
  const std::filesystem::path cache_folder_;
  Shelf shelf_;
  ResourceMeter meter_;
};

}  // namespace tg::model
