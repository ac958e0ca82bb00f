#include "service/embedding/module.hpp"

namespace tg::embedding {

Result<std::unique_ptr<EmbeddingService>> open(store::Room& room, api::Models& models) {
  TG_TRY(sql::Database* const database, room.database("embedding"));
  return std::make_unique<EmbeddingService>(*database, room.clock, models);
}

}  // namespace tg::embedding
