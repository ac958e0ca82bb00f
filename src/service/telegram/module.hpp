// The telegram service as a part of a process: a database, the bus over it, and uploads and files
// beside it.
#pragma once

#include "service/telegram/telegram_service.hpp"
#include "store/service_storage.hpp"

namespace tg::telegram {

Result<std::unique_ptr<TelegramService>> open(store::ServiceStorage& storage,
                                              TelegramSettings settings, TelegramParts parts);

}  // namespace tg::telegram
