// Settings of the gateway.
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
  return settings("gateway", "rate limits, browsers and proxies",
                  limit("rate_limit_per_minute",
                        "requests per minute of a user, or of an address if not logged in"),
                  limit("rate_limit_per_hour", "requests per hour, likewise"),
                  limit("rate_limit_per_day", "requests per day, likewise"),
                  limit("rate_limit_generate_per_minute", "POST /generate per minute"),
                  limit("rate_limit_generate_per_hour", "POST /generate per hour"),
                  limit("rate_limit_query_per_minute", "POST /query per minute"),
                  limit("rate_limit_query_per_hour", "POST /query per hour"),
                  limit("rate_limit_upload_per_minute", "POST /documents/upload per minute"),
                  limit("rate_limit_upload_per_hour", "POST /documents/upload per hour"),
                  limit("rate_limit_login_per_minute", "POST /auth/login per minute"),
                  limit("rate_limit_login_per_hour", "POST /auth/login per hour"),
                  Setting("cors_origins")
                      .like("origins such as https://example.org", is_origin)
                      .about("origins whose pages may call the API (CORS); empty: none"),
                  Setting("trusted_proxies")
                      .like("addresses or networks such as 10.0.0.0/8", is_network)
                      .about("proxies whose X-Forwarded-For is trusted; empty: none"),
                  Setting("max_upload_bytes")
                      .between("1KB", "10GB")
                      .about("maximum size of a document in POST /documents/upload"));
}

// Maximum body of POST /documents/upload: the largest document plus the overhead of a form.
std::size_t upload_body_limit(const GatewaySettings& settings);

}  // namespace tg::gateway
