#include "service/telegram/module.hpp"

namespace tg::telegram {

Result<std::unique_ptr<TelegramService>> open(store::ServiceStorage& storage,
                                              TelegramSettings settings, TelegramParts parts) {
  TG_TRY(sql::Database* const database, storage.database("telegram"));
  store::Bus* const bus = storage.bus(*database);
  parts.folder = storage.folder;
  return std::make_unique<TelegramService>(*database, *bus, storage.pool, storage.clock,
                                           storage.executor, std::move(settings), std::move(parts));
}

}  // namespace tg::telegram
