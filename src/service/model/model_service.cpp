#include "service/model/model_service.hpp"

#include <fmt/core.h>

#include "api/health_report.hpp"
#include "runtime/files.hpp"
#include "service/model/cache.hpp"

namespace tg::model {
namespace {

// Below this the disk counts as nearly full.
constexpr double kLowDiskGb = 1.0;

Result<void> answer(bool is_good, std::string_view trouble) {
  if (is_good) return {};
  return fail(Code::unavailable, "unavailable.model", std::string(trouble));
}

}  // namespace

ModelService::ModelService(ComputePool& pool, const Clock& clock,
                           const std::filesystem::path& folder)
    : pool_(pool),
      clock_(clock),
      models_folder_(folder / "models"),
      cache_folder_(folder / "cache"),
      shelf_(models_folder_),
      meter_(cache_folder_) {}

Task<Result<void>> ModelService::start() {
  co_return co_await pool_.run([this]() -> Result<void> {
    TG_TRY_VOID(disk_files().make_folders(models_folder_));
    TG_TRY_VOID(disk_files().make_folders(cache_folder_));
    return shelf_.remove_litter();
  });
}

Task<Result<std::vector<api::Model>>> ModelService::list(api::Call, api::Nothing) {
  co_return co_await pool_.run([this] { return shelf_.list(); });
}

Task<Result<api::Model>> ModelService::find(std::string name) {
  co_return co_await pool_.run([this, n = std::move(name)] { return shelf_.find(n); });
}

Task<Result<api::Message>> ModelService::download(api::Call, api::DownloadRequest request) {
  TG_CO_TRY_VOID(check_name(request.name));
  co_return not_implemented("model_download");
}

Task<Result<api::Message>> ModelService::load(api::Call, api::ModelName name) {
  TG_CO_TRY_VOID(co_await find(name.name));
  co_return not_implemented("model_load");
}

// Models cannot be loaded in this version, so none is ever in memory.
Task<Result<api::Message>> ModelService::unload(api::Call, api::ModelName name) {
  TG_CO_TRY_VOID(co_await find(name.name));
  co_return fail(Code::conflict, "model.not_loaded",
                 fmt::format("Model {} is not loaded", name.name));
}

Task<Result<api::Message>> ModelService::remove(api::Call, api::ModelName name) {
  TG_CO_TRY_VOID(
      co_await pool_.run([this, n = name.name]() -> Result<void> { return shelf_.remove(n); }));
  co_return api::Message{fmt::format("Model {} deleted successfully", name.name)};
}

Task<Result<api::Resources>> ModelService::resources(api::Call, api::Nothing) {
  co_return co_await pool_.run([this] { return meter_.read(); });
}

Task<Result<api::CleanupReply>> ModelService::cleanup(api::Call, api::CleanupRequest request) {
  const UnixMillis before = clock_.wall() - std::chrono::days(request.days_old);
  co_return co_await pool_.run([this, before] { return clean_cache(cache_folder_, before); });
}

Task<Result<api::Health>> ModelService::health(api::Call, api::Nothing) {
  const auto models = co_await pool_.run([this] { return shelf_.list(); });
  const auto resources = co_await pool_.run([this] { return meter_.read(); });
  api::HealthReport report("model", clock_);
  report.uses("models_folder", answer(models.has_value(), "the models folder cannot be read"),
              degradation_);
  report.uses("disk",
              answer(resources && resources->disk_available_gb >= kLowDiskGb,
                     "less than 1 GiB of disk is free, or the disk cannot be read"),
              degradation_);
  if (models) report.tell("models", models->size());
  co_return report.make();
}

}  // namespace tg::model
