// The embedding service: api::Embeddings over a database of its own. Computing embeddings is not
// implemented yet (501). Thread-safe.
#pragma once

#include "api/model.hpp"
#include "base/clock.hpp"
#include "runtime/degradation.hpp"
#include "store/sql.hpp"

namespace tg::embedding {

class EmbeddingService final : public api::Embeddings {
 public:
  EmbeddingService(sql::Database& database, const Clock& clock, api::Models& models)
      : database_(database), clock_(clock), models_(models) {}

  Task<Result<void>> start();

  Task<Result<api::Embedding>> generate(api::Call call, api::EmbeddingRequest request) override;
  Task<Result<std::vector<api::Embedding>>> batch(api::Call call,
                                                  api::EmbeddingBatch request) override;
  Task<Result<api::Embedding>> get(api::Call call, api::EmbeddingId id) override;
  Task<Result<std::vector<api::Model>>> models(api::Call call, api::Nothing request) override;
  Task<Result<api::Message>> load(api::Call call, api::ModelName name) override;
  Task<Result<api::Message>> unload(api::Call call, api::ModelName name) override;
  Task<Result<api::EraseReport>> erase(api::Call call, api::Nothing request) override;
  Task<Result<api::FsckReport>> fsck(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> backup(api::Call call, api::BackupRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

 private:
  Task<Result<api::Model>> model_of(api::Call call, std::string name);

  sql::Database& database_;
  const Clock& clock_;
  Degradation degradation_{"embedding", clock_};
  api::Models& models_;
};

}  // namespace tg::embedding
