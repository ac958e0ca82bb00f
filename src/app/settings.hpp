// The settings of the program itself, a group for each reader; those of a service stand in its
// folder. The tables beside the structs are what `telegnosis config`, `.env.example` and
// docs/configuration.md show; settings.cpp puts all groups into one schema.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "runtime/config.hpp"
#include "runtime/log_settings.hpp"

namespace tg::app {

// All groups, in the order in which they are shown.
const Schema& settings_schema();

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
// Those that are set, by the service's name.
std::map<std::string, std::string> urls_of(const ServiceSettings& settings);

}  // namespace tg::app
