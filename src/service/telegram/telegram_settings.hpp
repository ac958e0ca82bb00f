// The settings of the telegram service. Plain values.
#pragma once

#include "runtime/setting.hpp"

namespace tg::telegram {

inline constexpr std::string_view kPublicPreview = "https://t.me";

bool is_empty_or_digits(std::string_view text);

// The protocol of TELEGRAM_PROXY. The web preview is read through HTTP proxies only.
enum class ProxyType { http, socks5, mtproxy };
BOOST_DESCRIBE_ENUM(ProxyType, http, socks5, mtproxy)

struct TelegramSettings {
  std::string web_preview_url = std::string(kPublicPreview);
  double telegram_rate_limit = 2.0;
  std::string telegram_proxy;
  ProxyType telegram_proxy_type = ProxyType::http;
  std::chrono::seconds watch_interval = std::chrono::minutes(5);
  // Of the login of a Telegram account (Missing::login).
  std::string telegram_api_id;
  std::string telegram_api_hash;
  std::string session;
};
BOOST_DESCRIBE_STRUCT(TelegramSettings, (),
                      (web_preview_url, telegram_rate_limit, telegram_proxy, telegram_proxy_type,
                       watch_interval, telegram_api_id, telegram_api_hash, session))
// TLS to the proxy itself is not supported: with an https:// URL, CONNECT and credentials would be
// sent in clear.
bool is_proxy_url(std::string_view text);
constexpr auto settings_of(const TelegramSettings*) {
  return settings(
      "telegram", "reading channels",
      Setting("web_preview_url")
          .like("a URL such as https://t.me", is_http_url)
          .about("base URL of the public web preview of channels"),
      Setting("telegram_rate_limit")
          .range(0.01, 1000)
          .about("requests per second to Telegram, over all channels; at most two in three "
                 "seconds to t.me"),
      Setting("telegram_proxy")
          .like("an http:// URL such as http://host:3128, or nothing", is_proxy_url)
          .about("proxy for all requests to Telegram"),
      Setting("telegram_proxy_type")
          .about("protocol of TELEGRAM_PROXY; socks5 and mtproxy need an account login, which "
                 "this version does not have"),
      Setting("watch_interval")
          .between("1s", "7d")
          .about("how often watched channels are checked for new posts"),
      Setting("telegram_api_id")
          .like("a number from my.telegram.org, or nothing", is_empty_or_digits)
          .about("for the login of a Telegram account, which this version answers with 501"),
      Setting("telegram_api_hash").secret().about("the same: belongs to TELEGRAM_API_ID"),
      Setting("session").secret().about("the same: a Telethon StringSession"));
}
// Refuses a proxy that the web preview cannot use, rather than to go around it.
Result<void> check_settings(const TelegramSettings& settings);

// The time between two requests. TELEGRAM_RATE_LIMIT may slow down the reading of t.me but not
// speed it up: its pages are not an API.
std::chrono::milliseconds preview_pace(const TelegramSettings& settings);

}  // namespace tg::telegram
