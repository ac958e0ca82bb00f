#include "service/embedding/embedding_service.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/core.h>

#include "api/health_report.hpp"
#include "base/text.hpp"
#include "runtime/files.hpp"
#include "service/embedding/embedding_store.hpp"
#include "service/embedding/schema.hpp"

namespace tg::embedding {
namespace {

Result<void> check_text(const api::EmbeddingRequest& request, const std::string& field) {
  if (text::trim(request.text).empty()) return invalid(field, "must not be blank");
  return {};
}

}  // namespace

Task<Result<void>> EmbeddingService::start() {
  co_return co_await database_.migrate(kMigrations);
}

// The model service lists all models; this service uses embedding models only.
Task<Result<std::vector<api::Model>>> EmbeddingService::models(api::Call call, api::Nothing) {
  TG_CO_TRY(auto all, co_await models_.list(std::move(call), {}));
  std::erase_if(all, [](const api::Model& m) { return m.type != api::ModelType::embedding; });
  co_return all;
}

Task<Result<api::Model>> EmbeddingService::model_of(api::Call call, std::string name) {
  TG_CO_TRY(const auto all, co_await models(std::move(call), {}));
  const auto found = std::ranges::find(all, name, &api::Model::name);
  if (found == all.end()) co_return not_found("model");
  co_return *found;
}

Task<Result<api::Embedding>> EmbeddingService::generate(api::Call call,
                                                        api::EmbeddingRequest request) {
  TG_CO_TRY_VOID(check_text(request, "text"));
  if (request.model_name) TG_CO_TRY_VOID(co_await model_of(std::move(call), *request.model_name));
  co_return not_implemented("embeddings");
}

Task<Result<std::vector<api::Embedding>>> EmbeddingService::batch(api::Call call,
                                                                  api::EmbeddingBatch request) {
  for (std::size_t i = 0; i < request.items.size(); ++i) {
    TG_CO_TRY_VOID(check_text(request.items[i], fmt::format("items[{}].text", i)));
    if (request.items[i].model_name)
      TG_CO_TRY_VOID(co_await model_of(call, *request.items[i].model_name));
  }
  co_return not_implemented("embeddings");
}

Task<Result<api::Embedding>> EmbeddingService::get(api::Call call, api::EmbeddingId id) {
  co_return co_await sql::read<api::Embedding>(
      database_, [keys = api::own_access_keys(call.principal), id](sql::Connection& connection) {
        return load_embedding(connection, keys, id.chunk_id.text());
      });
}

Task<Result<api::Message>> EmbeddingService::load(api::Call call, api::ModelName name) {
  TG_CO_TRY_VOID(co_await model_of(std::move(call), name.name));
  co_return not_implemented("model_load");
}

Task<Result<api::Message>> EmbeddingService::unload(api::Call call, api::ModelName name) {
  TG_CO_TRY_VOID(co_await model_of(std::move(call), name.name));
  co_return fail(Code::conflict, "model.not_loaded",
                 fmt::format("Model {} is not loaded", name.name));
}

Task<Result<api::EraseReport>> EmbeddingService::erase(api::Call, api::Nothing) {
  TG_CO_TRY_VOID(co_await database_.compact());
  co_return api::EraseReport{};
}

Task<Result<api::FsckReport>> EmbeddingService::fsck(api::Call, api::Nothing) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await database_.check());
  TG_CO_TRY(const auto embeddings, co_await sql::read<std::int64_t>(database_, count_embeddings));
  report.counts["embeddings"] = embeddings;
  co_return report;
}

Task<Result<api::Done>> EmbeddingService::backup(api::Call, api::BackupRequest request) {
  const auto folder = std::filesystem::path(request.folder) / "embedding";
  TG_CO_TRY_VOID(disk_files().make_folders(folder));
  TG_CO_TRY_VOID(co_await database_.copy_to((folder / "embedding.db").string()));
  co_return api::Done{.message = "embedding: backup written"};
}

Task<Result<api::Health>> EmbeddingService::health(api::Call call, api::Nothing) {
  call.deadline = std::min(call.deadline, clock_.steady() + api::kNeighbourHealthTime);
  const auto models = api::answer_of(co_await models_.health(std::move(call), {}));
  const auto count = co_await sql::read<std::int64_t>(database_, count_embeddings);
  api::HealthReport report("embedding", clock_);
  report.uses("model", models, degradation_)
      .needs("database", count ? Result<void>() : std::unexpected(count.error()), degradation_);
  if (count) report.tell("embeddings", *count);
  co_return report.make();
}

}  // namespace tg::embedding
