#include "service/retrieval/module.hpp"

namespace tg::retrieval {

Result<std::unique_ptr<RetrievalService>> open(store::ServiceStorage& storage,
                                               RetrievalSettings settings, api::Vectors& vectors,
                                               api::Telegram& telegram) {
  TG_TRY(sql::Database* const database, storage.database("retrieval"));
  TG_TRY(store::UsageEvents* const usage, storage.usage_events());
  return std::make_unique<RetrievalService>(*database, storage.pool, storage.clock,
                                            storage.executor, vectors, telegram, settings, usage);
}

}  // namespace tg::retrieval
