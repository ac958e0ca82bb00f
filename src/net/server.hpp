// The HTTP/1.1 server: connections live on the loop that accepted them; requests of a connection
// are answered in order, answers of pipelined requests gathered into one write.
//
//   Server server(loops, settings, router);
//   TG_TRY_VOID(server.start());
//   ...
//   server.drain(25s);  // stops accepting, finishes what runs, closes
//
// start() and drain() from one thread; handlers run on the loops.
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

// Called with every request before its route is looked for: may add to `request.answer`, or answer.
using RequestFilter = std::function<std::optional<Response>(const Request&)>;

// Called on the loops after a request was answered without any handler's own response: no route, a
// malformed or slow request, a handler that threw.
using RefusalObserver =
    std::function<void(const Error& error, int status, const std::string& request_id)>;

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  RequestLimits limits;
  // From the first byte of a request to its head's end.
  std::chrono::milliseconds head_time = std::chrono::seconds(10);
  // Between two pieces of a body. And in all a body is waited for no longer than `body_grace` plus
  // what its bytes have earned at `body_bytes_per_second` (0: no such limit).
  std::chrono::milliseconds body_time = std::chrono::seconds(10);
  std::chrono::milliseconds body_grace = std::chrono::seconds(5);
  std::size_t body_bytes_per_second = 1000;
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);  // between two requests
  // Without the client taking anything of an answer.
  std::chrono::milliseconds write_time = std::chrono::seconds(20);
  std::chrono::milliseconds tick{100};  // of the wheel that watches over all these
  std::size_t connections = 10'000;
  // IPv6 by /64. 0: no limit. This machine's own addresses are not counted unless told so.
  std::size_t connections_per_address = 256;
  bool count_loopback_connections = false;
  std::size_t requests_per_connection = 10'000;
  // Answers from this size on are compressed when the client takes gzip and the type is worth it;
  // streamed answers of such a type (not event streams) always are, flushed piece by piece.
  std::size_t gzip_from = 1024;
  std::filesystem::path certificate;  // PEM; with `key`: TLS
  std::filesystem::path key;
  Headers always;  // on every answer that does not say otherwise itself
  RequestFilter request_filter;
  RefusalObserver on_refused;
};

// Makes the answer to a request that could not be handled (no route, broken request, a handler that
// threw). `accept` is its Accept header, empty where the request's head could not be read.
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

  // Binds and begins to accept on every loop. Errors: conflict (the port is taken), validation
  // ("tls", with the field `certificate` or `key`).
  Result<void> start();
  std::uint16_t port() const;
  // Of the certificate that it shows (net/certificate.hpp); empty without TLS.
  std::string fingerprint() const;
  std::size_t open_connections() const;
  // Stops accepting (who is in the queue is still served), closes connections that wait for a
  // request, lets running ones end with `Connection: close`, and cuts the rest when the time is
  // over. The loops must be running. The second call does nothing.
  void drain(std::chrono::milliseconds at_most);

  struct State;  // internal

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tg::net
