// The calling end of every contract: a service in another process, behind the same class.
//
//   auto telegram = wire::remote<api::Telegram>(
//       {.service = "telegram", .url = "http://10.0.0.8:8008"}, client, credentials);
//   TG_CO_TRY(auto job, co_await telegram->job(call, {.id = id}));
//
// Errors come back as the service made them (all but `detail`). A service that cannot be reached is
// Code::unavailable naming it, one that answers nonsense Code::bad_gateway. Thread-safe.
#pragma once

#include <memory>
#include <string>

#include "api/endpoint.hpp"
#include "net/client.hpp"

namespace tg::wire {

// Proves to the other side who calls: the calling process and its principal.
class Credentials {
 public:
  virtual ~Credentials() = default;
  virtual void sign(const api::Call& call, net::Headers& headers) = 0;
};

struct RemoteSettings {
  std::string service;  // named in errors: "the telegram service is not reachable"
  std::string url;      // http://host:port, with or without a path before the rows' own
  // For the response head of a row without a deadline (an event stream); later pieces come at the
  // stream's own pace.
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
};

template <typename Service>
std::unique_ptr<Service> remote(RemoteSettings settings, std::shared_ptr<net::Client> client,
                                std::shared_ptr<Credentials> credentials);

}  // namespace tg::wire
