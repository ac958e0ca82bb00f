#include "service/telegram/module.hpp"

namespace tg::telegram {

Result<std::unique_ptr<TelegramService>> open(store::Room& room, TelegramSettings settings,
                                              TelegramParts parts) {
  TG_TRY(sql::Database* const database, room.database("telegram"));
  store::Bus* const bus = room.bus(*database);
  parts.folder = room.folder;
  return std::make_unique<TelegramService>(*database, *bus, room.pool, room.clock, room.executor,
                                           std::move(settings), std::move(parts));
}

}  // namespace tg::telegram
