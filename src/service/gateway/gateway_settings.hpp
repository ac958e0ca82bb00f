// What an operator may set of the public door. Plain values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "runtime/setting.hpp"

namespace tg::gateway {

// "10.0.0.1", "fd00::/8"
bool is_network(std::string_view text);
// "https://example.org", "http://localhost:3000": what a browser sends as Origin.
bool is_origin(std::string_view text);

struct GatewaySettings {
  std::uint32_t rate_limit_per_minute = 100;
  std::uint32_t rate_limit_per_hour = 2000;
  std::uint32_t rate_limit_per_day = 20'000;
  std::uint32_t rate_limit_generate_per_minute = 20;
  std::uint32_t rate_limit_generate_per_hour = 200;
  std::uint32_t rate_limit_query_per_minute = 30;
  std::uint32_t rate_limit_query_per_hour = 300;
  std::uint32_t rate_limit_upload_per_minute = 10;
  std::uint32_t rate_limit_upload_per_hour = 50;
  std::uint32_t rate_limit_login_per_minute = 5;
  std::uint32_t rate_limit_login_per_hour = 20;
  std::vector<std::string> cors_origins;
  std::vector<std::string> trusted_proxies;
  ByteSize max_upload_bytes{50 << 20};
};
BOOST_DESCRIBE_STRUCT(GatewaySettings, (),
                      (rate_limit_per_minute, rate_limit_per_hour, rate_limit_per_day,
                       rate_limit_generate_per_minute, rate_limit_generate_per_hour,
                       rate_limit_query_per_minute, rate_limit_query_per_hour,
                       rate_limit_upload_per_minute, rate_limit_upload_per_hour,
                       rate_limit_login_per_minute, rate_limit_login_per_hour, cors_origins,
                       trusted_proxies, max_upload_bytes))
constexpr auto settings_of(const GatewaySettings*) {
  constexpr auto limit = [](std::string_view field, std::string_view what) {
    return Setting(field).range(1, 1e9).about(what);
  };
  return settings("gateway", "what one caller may do, and who may call",
                  limit("rate_limit_per_minute",
                        "requests a minute of one user, or of one address without one"),
                  limit("rate_limit_per_hour", "the same, an hour"),
                  limit("rate_limit_per_day", "the same, a day"),
                  limit("rate_limit_generate_per_minute", "/generate, a minute"),
                  limit("rate_limit_generate_per_hour", "/generate, an hour"),
                  limit("rate_limit_query_per_minute", "/query, a minute"),
                  limit("rate_limit_query_per_hour", "/query, an hour"),
                  limit("rate_limit_upload_per_minute", "/documents/upload, a minute"),
                  limit("rate_limit_upload_per_hour", "/documents/upload, an hour"),
                  limit("rate_limit_login_per_minute", "/auth/login, a minute"),
                  limit("rate_limit_login_per_hour", "/auth/login, an hour"),
                  Setting("cors_origins")
                      .like("origins such as https://example.org", is_origin)
                      .about("pages of other origins that may call; empty: none"),
                  Setting("trusted_proxies")
                      .like("addresses or networks such as 10.0.0.0/8", is_network)
                      .about("whose X-Forwarded-For is believed; empty: nobody's"),
                  Setting("max_upload_bytes")
                      .between("1KB", "10GB")
                      .about("the largest document of POST /documents/upload"));
}

// Of a request to POST /documents/upload: the largest document with what a form puts around it.
std::size_t upload_body_limit(const GatewaySettings& settings);

}  // namespace tg::gateway
