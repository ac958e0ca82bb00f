// Everything that a caller may see, as access keys: those of the user and the space, and those of
// the channels granted to them, which the telegram service knows.
#pragma once

#include <string>
#include <vector>

#include "api/telegram.hpp"

namespace tg::api {

inline Task<Result<std::vector<std::string>>> visible_keys(Telegram* telegram, Call call) {
  std::vector<std::string> keys = own_access_keys(call.principal);
  TG_CO_TRY(auto granted, co_await telegram->visible(std::move(call), {}));
  for (std::string& key : granted.access_keys) keys.push_back(std::move(key));
  co_return keys;
}

}  // namespace tg::api
