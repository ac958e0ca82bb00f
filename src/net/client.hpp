// The HTTP/1.1 client: pooled keep-alive connections, deadlines, size limits, TLS with
// verification, gzip, streamed bodies in both directions, redirects, a proxy, a concurrency limit
// per host, and protection against server-side request forgery for URLs from users.
//
//   Client client({.public_addresses_only = true});
//   TG_CO_TRY(auto answer, co_await client.send({.url = "https://t.me/s/durov", .deadline = d}));
//
// Thread-safe; a connection belongs to the loop that opened it. Destroy a client when no request is
// in progress, and before its loops. Errors: validation (url, headers, proxy), forbidden (url not
// public), unavailable (unreachable, busy), gateway_timeout, bad_gateway (malformed, too large,
// TLS).
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

// Resolves a name, no later than `deadline`.
using Resolver = std::function<Task<Result<std::vector<asio::ip::address>>>(std::string host,
                                                                            SteadyTime deadline)>;

struct ClientSettings {
  std::chrono::milliseconds connect_time = std::chrono::seconds(3);  // including proxy and TLS
  // Shorter than the idle time of servers, so that no request meets a closing connection.
  std::chrono::milliseconds idle_time = std::chrono::seconds(60);
  std::size_t per_host = 64;  // concurrent requests; more wait
  // Concurrent streams: request bodies sent in pieces, and responses after as_stream(). They may
  // last for hours, so they do not count as requests.
  std::size_t streams_per_host = 1024;
  std::size_t body_limit = 64 << 20;  // of a response read by send(), decompressed
  // Against server-side request forgery: every address of the name must be public, the connection
  // is made to one of the addresses checked, and each redirect is checked, too. A proxy is given
  // the address instead of the name.
  bool public_addresses_only = false;
  std::vector<std::uint16_t> guarded_ports = {80, 443};   // allowed with public_addresses_only
  std::vector<asio::ip::address> allowed_addresses = {};  // exceptions made by the operator
  Resolver resolver = {};                                 // empty: the system's
  std::string proxy;                    // http://host:port; all requests use CONNECT
  std::string proxy_authorization;      // "Basic ..."
  std::string certificate_authorities;  // PEM file; empty: the system's
  // Accept only the certificate with this fingerprint (net/certificate.hpp), whatever its issuer
  // and name. Empty: verify by authorities and name.
  std::string fingerprint;
  std::string user_agent = "telegnosis";
};

struct ClientRequest {
  Verb verb = Verb::get;
  std::string url;
  Headers headers = {};
  std::string body = {};
  // Instead of `body`: sent chunked while it is read. Must live until send() or open() returns.
  BodyReader* stream = nullptr;
  SteadyTime deadline = SteadyTime::max();  // of send(): everything; of open(): the head
  // The request is idempotent: if a pooled connection turns out to be closed, it is retried once on
  // a new one. GET, HEAD and OPTIONS always are.
  bool repeatable = false;
  // Redirects to follow, at most 3; never from https to http. To another origin only Accept*,
  // Content-Type and User-Agent are sent (no credentials, no fields of our own).
  int redirects = 0;
};

// A response whose body is still being received. Destroying it before the end closes the
// connection. Not thread-safe: use from the loop that opened it.
class ClientResponse {
 public:
  virtual ~ClientResponse() = default;
  virtual int status() const = 0;
  // Without Content-Encoding and Content-Length if the body is decompressed here.
  virtual const Headers& headers() const = 0;
  // Declares that the body will take long (an event stream, a download): from now on it counts
  // against `streams_per_host` and no longer against `per_host`. Error: unavailable
  // ("upstream.busy").
  virtual Result<void> as_stream() = 0;
  // The next piece, decompressed, at most 64 kB; nullopt at the end.
  virtual Task<Result<std::optional<std::string>>> read(SteadyTime deadline) = 0;
};

class Client {
 public:
  // Throws when the certificate authorities cannot be read.
  explicit Client(ClientSettings settings = {});
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Returns the whole response.
  Task<Result<Response>> send(ClientRequest request);
  // Returns when the head was received; the body is read from the response.
  Task<Result<std::unique_ptr<ClientResponse>>> open(ClientRequest request);
  // Closes idle connections.
  void close_idle();

 private:
  std::shared_ptr<class ClientPool> pool_;
};

}  // namespace tg::net
