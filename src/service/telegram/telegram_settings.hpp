// What an operator may set of the telegram service. Plain values.
#pragma once

#include "runtime/setting.hpp"

namespace tg::telegram {

inline constexpr std::string_view kPublicPreview = "https://t.me";

struct TelegramSettings {
  std::string web_preview_url = std::string(kPublicPreview);
  double telegram_rate_limit = 2.0;
  std::string telegram_proxy;
  std::chrono::seconds watch_interval = std::chrono::minutes(5);
};
BOOST_DESCRIBE_STRUCT(TelegramSettings, (),
                      (web_preview_url, telegram_rate_limit, telegram_proxy, watch_interval))
constexpr auto settings_of(const TelegramSettings*) {
  return settings(
      "telegram", "reading channels",
      Setting("web_preview_url")
          .like("a URL such as https://t.me", is_http_url)
          .about("the public web preview of channels"),
      Setting("telegram_rate_limit")
          .range(0.01, 1000)
          .about("requests a second to Telegram, over all channels; of t.me at most two in three "
                 "seconds"),
      Setting("telegram_proxy")
          .like("a URL such as http://host:3128, or nothing", is_empty_or_http_url)
          .about("the HTTP proxy on the way to Telegram"),
      Setting("watch_interval")
          .between("1s", "7d")
          .about("how often a watched channel is asked for new posts"));
}

// The time between two requests. On Telegram's own site the limit may slow reading down, never
// hurry it: pages are no API.
std::chrono::milliseconds preview_pace(const TelegramSettings& settings);

}  // namespace tg::telegram
