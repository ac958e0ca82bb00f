#include "service/telegram/telegram_settings.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tg::telegram {

bool is_proxy_url(std::string_view text) {
  return is_empty_or_http_url(text) && !text::to_lower(text).starts_with("https:");
}

bool is_empty_or_digits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

Result<void> check_settings(const TelegramSettings& settings) {
  if (settings.telegram_proxy_type == ProxyType::http || settings.telegram_proxy.empty()) return {};
  return invalid("TELEGRAM_PROXY_TYPE",
                 "must be http when TELEGRAM_PROXY is set: this version reads the web preview, "
                 "which needs an HTTP proxy");
}

std::chrono::milliseconds preview_pace(const TelegramSettings& settings) {
  constexpr std::chrono::milliseconds kPublicPace{1500};
  const std::chrono::milliseconds by_limit(
      static_cast<std::int64_t>(1000 / settings.telegram_rate_limit));
  return settings.web_preview_url == kPublicPreview ? std::max(kPublicPace, by_limit) : by_limit;
}

}  // namespace tg::telegram
