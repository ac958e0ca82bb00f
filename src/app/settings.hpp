// Every setting of the program that is not a service's own struct, a group for each reader. The
// tables beside the structs are what `telegnosis config`, `.env.example` and
// docs/configuration.md show; settings.cpp puts all groups into one schema.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "runtime/config.hpp"
#include "runtime/log_settings.hpp"

namespace tg::app {

// All groups, in the order in which they are shown.
const Schema& settings_schema();

// "10.0.0.1", "fd00::/8"
bool is_network(std::string_view text);
// "https://example.org", "http://localhost:3000": what a browser sends as Origin.
bool is_origin(std::string_view text);
bool is_loopback(std::string_view address);

struct ServerSettings {
  std::string listen_address = "127.0.0.1";
  std::string service_address = "127.0.0.1";
  std::uint16_t port_base = 8000;
  std::filesystem::path tls_certificate;
  std::filesystem::path tls_key;
  bool allow_plain_http = false;
  std::uint32_t loops = 0;
  std::uint32_t compute_threads = 0;
  std::uint32_t compute_queue = 4096;
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
  std::chrono::milliseconds body_time = std::chrono::seconds(10);
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);
  std::chrono::milliseconds write_time = std::chrono::seconds(20);
  std::uint32_t max_connections = 10'000;
  std::chrono::milliseconds drain_delay{};
  std::chrono::milliseconds drain_time = std::chrono::seconds(25);
};
BOOST_DESCRIBE_STRUCT(ServerSettings, (),
                      (listen_address, service_address, port_base, tls_certificate, tls_key,
                       allow_plain_http, loops, compute_threads, compute_queue, head_time,
                       body_time, idle_time, write_time, max_connections, drain_delay, drain_time))
constexpr auto settings_of(const ServerSettings*) {
  constexpr std::string_view kAddress = "an IP address such as 127.0.0.1, 0.0.0.0 or ::";
  return settings(
      "server", "ports, threads, time limits",
      Setting("listen_address")
          .like(kAddress, is_ip_address)
          .about("where the gateway listens; other than loopback needs TLS or ALLOW_PLAIN_HTTP"),
      Setting("service_address")
          .like(kAddress, is_ip_address)
          .about("where the eight inner services listen"),
      Setting("port_base")
          .range(0, 65'527)
          .about("the gateway's port; the others follow it (8001 auth to 8008 telegram); 0: any "
                 "free ones"),
      Setting("tls_certificate").about("PEM file with the gateway's certificate chain"),
      Setting("tls_key").about("PEM file with its private key"),
      Setting("allow_plain_http")
          .about("listen without TLS on other addresses too: only behind a proxy that ends TLS"),
      Setting("loops").range(0, 256).about("event loops (threads for I/O); 0: one a core"),
      Setting("compute_threads")
          .range(0, 256)
          .about("threads for search, parsing and hashing; 0: one a core"),
      Setting("compute_queue")
          .range(1, 100'000)
          .about("work that may wait for them; more is answered 503"),
      Setting("head_time")
          .env("HTTP_HEAD_TIME")
          .between("100ms", "10m")
          .about("for a request's head, from its first byte on"),
      Setting("body_time")
          .env("HTTP_BODY_TIME")
          .between("100ms", "10m")
          .about("between two pieces of a request's body"),
      Setting("idle_time")
          .env("HTTP_IDLE_TIME")
          .between("100ms", "1h")
          .about("between two requests of a connection"),
      Setting("write_time")
          .env("HTTP_WRITE_TIME")
          .between("100ms", "10m")
          .about("for a client to take a piece of the answer"),
      Setting("max_connections").range(1, 1e6).about("open connections of one service"),
      Setting("drain_delay")
          .between("0", "5m")
          .about("after SIGTERM, how long new connections are still accepted while /health/ready "
                 "says 503 "
                 "(Kubernetes: 5s)"),
      Setting("drain_time")
          .between("0", "10m")
          .about("after SIGTERM, how long running requests may take"));
}
Result<void> check_settings(const ServerSettings& settings);

struct DataSettings {
  std::filesystem::path folder;
  std::filesystem::path import_folder;
};
BOOST_DESCRIBE_STRUCT(DataSettings, (), (folder, import_folder))
constexpr auto settings_of(const DataSettings*) {
  return settings("data", "where everything is kept",
                  Setting("folder")
                      .env("TELEGNOSIS_DATA")
                      .about("the data folder; each service owns a folder in it; empty: "
                             "telegnosis in the user's data folder (~/.local/share)"),
                  Setting("import_folder")
                      .about("the folder whose files an admin may import by path (POST "
                             "/channels/import); empty: none"));
}

struct ServiceSettings {
  std::string service_secret;
  std::string gateway_url;
  std::string auth_url;
  std::string document_url;
  std::string embedding_url;
  std::string retrieval_url;
  std::string generation_url;
  std::string model_url;
  std::string vector_url;
  std::string telegram_url;
};
BOOST_DESCRIBE_STRUCT(ServiceSettings, (),
                      (service_secret, gateway_url, auth_url, document_url, embedding_url,
                       retrieval_url, generation_url, model_url, vector_url, telegram_url))
constexpr auto settings_of(const ServiceSettings*) {
  constexpr auto url = [](std::string_view field) {
    return Setting(field)
        .like("a URL such as http://host:8001, or nothing", is_empty_or_http_url)
        .about("where this service is, if another process runs it (serve --only)");
  };
  return settings(
      "services", "how the services find and trust each other",
      Setting("service_secret")
          .secret()
          .like("nothing, or at least 32 characters",
                [](std::string_view text) { return text.empty() || text.size() >= 32; })
          .about("shared by all processes of one installation; needed when services run "
                 "in several processes"),
      url("gateway_url"), url("auth_url"), url("document_url"), url("embedding_url"),
      url("retrieval_url"), url("generation_url"), url("model_url"), url("vector_url"),
      url("telegram_url"));
}
Result<void> check_settings(const ServiceSettings& settings);

enum class TokenAlgorithm { eddsa, hs256 };
BOOST_DESCRIBE_ENUM(TokenAlgorithm, eddsa, hs256)
enum class Registration { closed, open };
BOOST_DESCRIBE_ENUM(Registration, closed, open)

struct AccountSettings {
  TokenAlgorithm jwt_algorithm = TokenAlgorithm::eddsa;
  std::string jwt_secret;
  std::chrono::seconds access_token_life = std::chrono::minutes(30);
  std::chrono::seconds refresh_token_life = std::chrono::days(7);
  Registration registration = Registration::closed;
  std::uint32_t password_min_length = 8;
  std::uint32_t login_lockout_after = 5;
  std::chrono::seconds login_lockout_time = std::chrono::minutes(15);
};
BOOST_DESCRIBE_STRUCT(AccountSettings, (),
                      (jwt_algorithm, jwt_secret, access_token_life, refresh_token_life,
                       registration, password_min_length, login_lockout_after, login_lockout_time))
constexpr auto settings_of(const AccountSettings*) {
  return settings(
      "auth", "accounts and tokens",
      Setting("jwt_algorithm")
          .about(
              "eddsa: only the auth service can make tokens, its key is made at the first start; "
              "hs256: whoever holds JWT_SECRET can"),
      Setting("jwt_secret")
          .secret()
          .like("nothing, or at least 32 characters",
                [](std::string_view text) { return text.empty() || text.size() >= 32; })
          .about("the key of hs256"),
      Setting("access_token_life").between("1m", "1d").about("how long an access token is valid"),
      Setting("refresh_token_life")
          .between("10m", "365d")
          .about("how long a refresh token is valid; each use renews it"),
      Setting("registration").about("open: anyone may make an account; closed: only an admin may"),
      Setting("password_min_length").range(8, 64).about("characters"),
      Setting("login_lockout_after").range(1, 100).about("failed logins in a row"),
      Setting("login_lockout_time").between("1s", "1d").about("how long the account stays locked"));
}
Result<void> check_settings(const AccountSettings& settings);

struct GatewaySettings {
  std::int64_t rate_limit_per_minute = 100;
  std::int64_t rate_limit_per_hour = 2000;
  std::int64_t rate_limit_per_day = 20'000;
  std::int64_t rate_limit_generate_per_minute = 20;
  std::int64_t rate_limit_generate_per_hour = 200;
  std::int64_t rate_limit_query_per_minute = 30;
  std::int64_t rate_limit_query_per_hour = 300;
  std::int64_t rate_limit_upload_per_minute = 10;
  std::int64_t rate_limit_upload_per_hour = 50;
  std::int64_t rate_limit_login_per_minute = 5;
  std::int64_t rate_limit_login_per_hour = 20;
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

struct TelegramSettings {
  std::string web_preview_url = "https://t.me";
  double telegram_rate_limit = 2.0;
  std::string telegram_proxy;
  std::chrono::seconds watch_interval = std::chrono::minutes(5);
};
BOOST_DESCRIBE_STRUCT(TelegramSettings, (),
                      (web_preview_url, telegram_rate_limit, telegram_proxy, watch_interval))
constexpr auto settings_of(const TelegramSettings*) {
  return settings("telegram", "reading channels",
                  Setting("web_preview_url")
                      .like("a URL such as https://t.me", is_http_url)
                      .about("the public web preview of channels"),
                  Setting("telegram_rate_limit")
                      .range(0.01, 1000)
                      .about("requests a second to Telegram, over all channels"),
                  Setting("telegram_proxy")
                      .like("a URL such as http://host:3128, or nothing", is_empty_or_http_url)
                      .about("the HTTP proxy on the way to Telegram"),
                  Setting("watch_interval")
                      .between("1s", "7d")
                      .about("how often a watched channel is asked for new posts"));
}

struct RetrievalSettings {
  double diversity = 0.2;
  std::uint32_t context_words = 1500;
  bool keep_history = true;
  std::chrono::days history_retention{90};
};
BOOST_DESCRIBE_STRUCT(RetrievalSettings, (),
                      (diversity, context_words, keep_history, history_retention))
constexpr auto settings_of(const RetrievalSettings*) {
  return settings(
      "retrieval", "searching",
      Setting("diversity")
          .env("SEARCH_DIVERSITY")
          .range(0, 1)
          .about("0: by relevance alone, 1: as different as can be; where a request says "
                 "nothing"),
      Setting("context_words")
          .range(50, 100'000)
          .about("how many words of context an answer is made from"),
      Setting("keep_history")
          .about("keep the questions that users asked (their history, suggestions)"),
      Setting("history_retention").between("1d", "3650d").about("after which they are deleted"));
}

}  // namespace tg::app
