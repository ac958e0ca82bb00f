// The HTTP/1.1 client: pooled keep-alive connections, deadlines, size limits, TLS with
// verification, gzip, streamed bodies both ways, a proxy, a bound per host, and the guard for
// addresses that a user gave.
//
//   TG_CO_TRY(auto answer, co_await client.send({.url = "https://t.me/s/durov", .deadline = d}));
//
// Thread-safe; a connection belongs to the loop that opened it. Errors: unavailable (cannot
// connect), gateway_timeout, bad_gateway (malformed, too large), validation (url).
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "net/url.hpp"

namespace tg::net {

struct ClientSettings {
  std::chrono::milliseconds connect_time = std::chrono::seconds(3);
  // Shorter than a server keeps it, so that no request meets a closing connection.
  std::chrono::milliseconds idle_time = std::chrono::seconds(60);
  std::size_t per_host = 64;            // requests under way at once; more wait
  std::size_t body_limit = 64 << 20;    // of an answer held in memory, after gzip
  bool public_addresses_only = false;   // the guard
  std::string proxy;                    // http://host:port; everything goes through CONNECT
  std::string certificate_authorities;  // a PEM file instead of the system's
  std::string user_agent = "telegnosis";
};

struct ClientRequest {
  Verb verb = Verb::get;
  std::string url;
  Headers headers = {};
  std::string body = {};
  // Instead of `body`: sent chunked while it is read. Belongs to the caller until send() returns.
  BodyReader* stream = nullptr;
  SteadyTime deadline = SteadyTime::max();  // for the head; of open(): the body has its own pace
  // A lost connection may be answered by asking again (the request has no effect, or the same one).
  bool repeatable = false;
};

// An answer whose body is still coming. Destroying it before the end closes the connection.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual int status() const = 0;
  virtual const Headers& headers() const = 0;
  // The next piece, decoded; nullopt at the end. Not after `deadline`.
  virtual Task<Result<std::optional<std::string>>> read(SteadyTime deadline) = 0;
};

class Client {
 public:
  explicit Client(ClientSettings settings = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // The whole answer.
  Task<Result<Response>> send(ClientRequest request);
  // The head; the body is pulled.
  Task<Result<std::unique_ptr<ClientResponse>>> open(ClientRequest request);
  // Closes what is idle.
  void close_idle();

  struct State;  // internal

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tg::net
