#include "service/retrieval/module.hpp"

namespace tg::retrieval {

Result<std::unique_ptr<RetrievalService>> open(store::Room& room, RetrievalSettings settings,
                                               api::Vectors& vectors, api::Telegram& telegram) {
  TG_TRY(sql::Database* const database, room.database("retrieval"));
  TG_TRY(store::UsageEvents* const usage, room.usage_events());
  return std::make_unique<RetrievalService>(*database, room.pool, room.clock, room.executor,
                                            vectors, telegram, settings, usage);
}

}  // namespace tg::retrieval
