#include "service/telegram/telegram_settings.hpp"

#include <algorithm>

namespace tg::telegram {

std::chrono::milliseconds preview_pace(const TelegramSettings& settings) {
  constexpr std::chrono::milliseconds kPublicPace{1500};
  const std::chrono::milliseconds by_limit(
      static_cast<std::int64_t>(1000 / settings.telegram_rate_limit));
  return settings.web_preview_url == kPublicPreview ? std::max(kPublicPace, by_limit) : by_limit;
}

}  // namespace tg::telegram
