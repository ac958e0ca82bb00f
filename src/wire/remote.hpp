// The calling end of every contract: a client for a service in another process, with the same
// interface.
//
//   auto telegram = wire::remote<api::Telegram>(
//       {.service = "telegram", .url = "http://10.0.0.8:8008"}, client, credentials);
//   TG_CO_TRY(auto job, co_await telegram->job(call, {.id = id}));
//
// Errors are returned as the service made them (except `detail`). A service that cannot be reached
// is Code::unavailable naming it, a malformed response Code::bad_gateway, no response in time
// Code::gateway_timeout. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "api/endpoint.hpp"
#include "net/client.hpp"

namespace tg::wire {

// Authenticates calls to the other process and conveys the principal. Must be thread-safe.
class Credentials {
 public:
  virtual ~Credentials() = default;
  virtual void sign(const api::Call& call, net::Headers& headers) = 0;
};

struct RemoteSettings {
  std::string service;  // named in errors: "the telegram service is not reachable"
  std::string url;      // http://host:port, optionally with a path prefix
  // Time limit for the response head of rows without a deadline (event streams).
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
};

template <typename Service>
std::unique_ptr<Service> remote(RemoteSettings settings, std::shared_ptr<net::Client> client,
                                std::shared_ptr<Credentials> credentials);

}  // namespace tg::wire
