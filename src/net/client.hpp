// The HTTP/1.1 client: pooled keep-alive connections, deadlines, size limits, TLS with
// verification, gzip, streamed bodies both ways, redirects, a proxy, a bound per host, and the
// guard for addresses that a user gave.
//
//   Client client({.public_addresses_only = true});
//   TG_CO_TRY(auto answer, co_await client.send({.url = "https://t.me/s/durov", .deadline = d}));
//
// Thread-safe; a connection belongs to the loop that opened it. Destroy a client when nothing of it
// is under way, before its loops. Errors: validation (url, headers), forbidden (the guard),
// unavailable (cannot connect, no place), gateway_timeout, bad_gateway (malformed, too large, TLS).
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clock.hpp"
#include "net/http.hpp"
#include "net/url.hpp"

namespace tg::net {

// The addresses of a name, at most until `deadline`.
using Resolver = std::function<Task<Result<std::vector<asio::ip::address>>>(std::string host,
                                                                            SteadyTime deadline)>;

struct ClientSettings {
  std::chrono::milliseconds connect_time = std::chrono::seconds(3);  // with proxy and TLS
  // Shorter than a server keeps it, so that no request meets a closing connection.
  std::chrono::milliseconds idle_time = std::chrono::seconds(60);
  std::size_t per_host = 64;  // concurrent requests; more wait
  // Concurrent streams: request bodies sent in pieces, and responses after as_stream(). They may
  // last for hours, so they do not count as requests.
  std::size_t streams_per_host = 1024;
  std::size_t body_limit = 64 << 20;  // of an answer held in memory, after gzip
  // The guard: every address of the name must be on the public internet, the connection goes to one
  // of those that were checked, and each redirect is checked anew. Through a proxy, too, which is
  // told the address and not the name.
  bool public_addresses_only = false;
  std::vector<std::uint16_t> guarded_ports = {80, 443};   // what the guard lets through
  std::vector<asio::ip::address> allowed_addresses = {};  // exceptions that an operator made
  Resolver resolver = {};                                 // empty: the system's
  std::string proxy;                    // http://host:port; everything goes through CONNECT
  std::string proxy_authorization;      // "Basic ..."
  std::string certificate_authorities;  // a PEM file instead of the system's
  // Of the one certificate that is accepted (net/certificate.hpp), whoever signed it and whatever
  // its name; empty: by authorities and name.
  std::string fingerprint;
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
  // Asking twice has no effect, or the same one: a pooled connection that turns out to be closed is
  // answered by asking again, once. GET, HEAD and OPTIONS always are.
  bool repeatable = false;
  // How many redirects are followed, at most 3. To another origin only what describes the request
  // goes along (no Authorization, no cookies, no fields of our own), never from https to http.
  int redirects = 0;
};

// An answer whose body is still coming. Destroying it before the end closes the connection.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual int status() const = 0;
  // Without Content-Encoding and Content-Length when the body is decoded here.
  virtual const Headers& headers() const = 0;
  // Declares that the body will take long (an event stream, a download): from now on it counts
  // against `streams_per_host` and no longer against `per_host`. Error: unavailable ("upstream.busy").
  virtual Result<void> as_stream() = 0;
  // The next piece, decoded, at most 64 kB of it; nullopt at the end. Not after `deadline`.
  virtual Task<Result<std::optional<std::string>>> read(SteadyTime deadline) = 0;
};

class Client {
 public:
  // Throws when the certificate authorities cannot be read.
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

 private:
  std::shared_ptr<class ClientPool> pool_;
};

}  // namespace tg::net
