// The HTTP/1.1 server. A connection lives on the loop that accepted it; its requests are answered
// in order, responses to pipelined requests are gathered into one write.
//
//   Server server(loops, settings, router);
//   TG_TRY_VOID(server.start());
//   ...
//   server.drain(25s);  // stops accepting, finishes running requests, closes
//
// start() and drain() must be called from one thread; the const methods are thread-safe. Handlers
// and observers run on the loops.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "net/request_parser.hpp"
#include "net/router.hpp"
#include "runtime/loops.hpp"

namespace tg::net {

// Called with every request before routing: may add to `request.answer`, or return the response.
using RequestFilter = std::function<std::optional<Response>(const Request&)>;

// Called on the loops after a request was answered without any handler's own response: no route, a
// malformed or slow request, a handler that threw.
using RefusalObserver =
    std::function<void(const Error& error, int status, const std::string& request_id)>;

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  RequestLimits limits;
  // From the first byte of a request to the end of its headers.
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
  // Between two pieces of a body. In total the server waits no longer than `body_grace` plus the
  // time that the bytes received take at `body_bytes_per_second` (0: no such limit).
  std::chrono::milliseconds body_time = std::chrono::seconds(10);
  std::chrono::milliseconds body_grace = std::chrono::seconds(5);
  std::size_t body_bytes_per_second = 1000;
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);  // between two requests
  // Without progress in sending a response.
  std::chrono::milliseconds write_time = std::chrono::seconds(20);
  std::chrono::milliseconds tick{100};  // resolution of these time limits
  std::size_t connections = 10'000;
  // IPv6 by /64. 0: no limit. Loopback addresses are exempt unless `count_loopback_connections`.
  std::size_t connections_per_address = 256;
  bool count_loopback_connections = false;
  std::size_t requests_per_connection = 10'000;
  // Responses of at least this size are compressed if the client accepts gzip and the type is
  // compressible; streamed responses without a length always are (except event streams), flushed
  // piece by piece.
  std::size_t gzip_from = 1024;
  std::filesystem::path certificate;  // PEM; with `key`: TLS
  std::filesystem::path key;
  Headers always;  // on every response that does not set them itself
  RequestFilter request_filter;
  RefusalObserver on_refused;
};

// Renders the response to a request that could not be handled (no route, a malformed request, a
// handler that threw). `accept` is its Accept header, empty if the head could not be parsed.
using ErrorRenderer = std::function<Response(const Error& error, const std::string& request_id,
                                             std::string_view accept)>;
Response render_error(const Error& error, const std::string& request_id, std::string_view accept);

class Server {
 public:
  Server(Loops& loops, ServerSettings settings, std::shared_ptr<const Router> router,
         const Clock& clock, ErrorRenderer on_error = render_error);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and starts accepting on every loop. Errors: conflict (the port is taken), validation
  // ("tls", with the field `certificate` or `key`).
  Result<void> start();
  std::uint16_t port() const;
  // Of the server certificate (net/certificate.hpp); empty without TLS.
  std::string fingerprint() const;
  std::size_t open_connections() const;
  // Stops accepting (queued connections are still served), closes idle connections, lets running
  // requests finish with `Connection: close`, and aborts the rest after `at_most`. The loops must
  // be running. A second call does nothing.
  void drain(std::chrono::milliseconds at_most);

  struct State;  // internal

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tg::net
