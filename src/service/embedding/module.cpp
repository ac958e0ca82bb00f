#include "service/embedding/module.hpp"

namespace tg::embedding {

Result<std::unique_ptr<EmbeddingService>> open(store::ServiceStorage& storage,
                                               api::Models& models) {
  TG_TRY(sql::Database* const database, storage.database("embedding"));
  return std::make_unique<EmbeddingService>(*database, storage.clock, models);
}

}  // namespace tg::embedding
