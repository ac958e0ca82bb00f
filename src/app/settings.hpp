// The settings of the program itself, one struct per reader; those of a service are in its folder.
// `telegnosis config`, `.env.example` and docs/configuration.md are generated from the tables
// beside the structs; settings.cpp collects all of them in one schema.
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

// All settings, in the order in which they are shown. Thread-safe.
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
          .about("address that the gateway listens on; other than loopback requires TLS or "
                 "ALLOW_PLAIN_HTTP"),
      Setting("service_address")
          .like(kAddress, is_ip_address)
          .about("address that the eight inner services listen on"),
      Setting("port_base")
          .range(0, 65'527)
          .about("the gateway's port; the others follow it (8001 auth to 8008 telegram); 0: any "
                 "free ports"),
      Setting("tls_certificate").about("PEM file with the gateway's certificate chain"),
      Setting("tls_key").about("PEM file with the private key of that certificate"),
      Setting("allow_plain_http")
          .about(
              "allow plain HTTP on addresses other than loopback; only behind a reverse proxy that "
              "terminates TLS"),
      Setting("loops").range(0, 256).about("event loops (I/O threads); 0: one per core"),
      Setting("compute_threads")
          .range(0, 256)
          .about("threads for search, parsing and hashing; 0: one per core"),
      Setting("compute_queue")
          .range(1, 100'000)
          .about("maximum number of queued compute tasks; further requests are refused with 503"),
      Setting("head_time")
          .env("HTTP_HEAD_TIME")
          .between("100ms", "10m")
          .about("maximum time to receive the request headers"),
      Setting("body_time")
          .env("HTTP_BODY_TIME")
          .between("100ms", "10m")
          .about("maximum pause while receiving a request body"),
      Setting("idle_time")
          .env("HTTP_IDLE_TIME")
          .between("100ms", "1h")
          .about("how long an idle connection is kept open"),
      Setting("write_time")
          .env("HTTP_WRITE_TIME")
          .between("100ms", "10m")
          .about("maximum time for a client to accept response data"),
      Setting("max_connections")
          .range(1, 1e6)
          .about("maximum number of open connections per service"),
      Setting("drain_delay")
          .between("0", "5m")
          .about("after SIGTERM, how long new connections are still accepted while /health/ready "
                 "returns 503 (Kubernetes: 5s)"),
      Setting("drain_time")
          .between("0", "10m")
          .about("after SIGTERM, how long running requests may take to finish"));
}
Result<void> check_settings(const ServerSettings& settings);

struct DataSettings {
  std::filesystem::path folder;
  std::filesystem::path import_folder;
};
BOOST_DESCRIBE_STRUCT(DataSettings, (), (folder, import_folder))
constexpr auto settings_of(const DataSettings*) {
  return settings(
      "data", "where data is stored",
      Setting("folder")
          .env("TELEGNOSIS_DATA")
          .about("the data folder, with one folder per service; empty: telegnosis in the "
                 "user's data folder (~/.local/share)"),
      Setting("import_folder")
          .about("folder whose files an admin may import by path (POST /channels/import); "
                 "empty: none"));
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
        .about("URL of this service, if another process runs it (serve --only)");
  };
  return settings(
      "services", "how the services find and authenticate each other",
      Setting("service_secret")
          .secret()
          .like("nothing, or at least 32 characters",
                [](std::string_view text) { return text.empty() || text.size() >= 32; })
          .about("secret shared by all processes of an installation; required when services run in "
                 "several processes"),
      url("gateway_url"), url("auth_url"), url("document_url"), url("embedding_url"),
      url("retrieval_url"), url("generation_url"), url("model_url"), url("vector_url"),
      url("telegram_url"));
}
Result<void> check_settings(const ServiceSettings& settings);
// The URLs that are set, by service name.
std::map<std::string, std::string> urls_of(const ServiceSettings& settings);

// For commands that call a server elsewhere.
struct ClientSettings {
  std::string url;
  std::string token;
};
BOOST_DESCRIBE_STRUCT(ClientSettings, (), (url, token))
constexpr auto settings_of(const ClientSettings*) {
  return settings(
      "client", "the server that commands call",
      Setting("url")
          .env("TELEGNOSIS_URL")
          .like("a URL such as https://ask.example.org, or nothing", is_empty_or_http_url)
          .about("gateway that commands call instead of using the data folder (--url)"),
      Setting("token")
          .env("TELEGNOSIS_TOKEN")
          .secret()
          .about("access token for that gateway (--token)"));
}
Result<void> check_settings(const ClientSettings& settings);

}  // namespace tg::app
