// The telegram service as a part of a process: a database, the bus over it, and uploads and files
// beside it.
#pragma once

#include "service/telegram/telegram_service.hpp"
#include "store/room.hpp"

namespace tg::telegram {

Result<std::unique_ptr<TelegramService>> open(store::Room& room, TelegramSettings settings,
                                              TelegramParts parts);

}  // namespace tg::telegram
