// The HTTP/1.1 server: connections live on the loop that accepted them; requests of a connection
// are answered in order, answers of pipelined requests gathered into one write.
//
//   Server server(loops, settings, router);
//   TG_CHECK(server.start());
//   ...
//   server.drain(25s);  // stops accepting, finishes what runs, closes
//
// start() and drain() from one thread; handlers run on the loops.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "net/request_parser.hpp"
#include "net/router.hpp"
#include "runtime/loops.hpp"

namespace tg::net {

struct ServerSettings {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  RequestLimits limits;
  std::chrono::milliseconds head_time =
      std::chrono::seconds(10);  // from the first byte of a request to its head's end
  std::chrono::milliseconds body_time = std::chrono::seconds(10);  // between two pieces of a body
  std::chrono::milliseconds idle_time = std::chrono::seconds(75);  // between two requests
  std::chrono::milliseconds write_time =
      std::chrono::seconds(20);  // for a piece to be taken by the client
  std::size_t connections = 10'000;
  std::size_t requests_per_connection = 10'000;
  std::size_t gzip_from = 1024;
  std::filesystem::path certificate;  // PEM; with `key`: TLS
  std::filesystem::path key;
};

// Makes the answer to a request that could not be handled (no route, broken request, a handler that
// threw).
using ErrorRenderer = std::function<Response(const Error& error, const std::string& request_id)>;
Response render_error(const Error& error, const std::string& request_id);

class Server {
 public:
  Server(Loops& loops, ServerSettings settings, std::shared_ptr<const Router> router,
         const Clock& clock, ErrorRenderer on_error = render_error);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Binds and begins to accept on every loop.
  Result<void> start();
  std::uint16_t port() const;
  std::size_t open_connections() const;
  // Stops accepting, lets running requests end, closes idle connections at once and the rest when
  // the time is over.
  void drain(std::chrono::milliseconds at_most);

  struct State;  // internal

 private:
  std::shared_ptr<State> state_;
};

}  // namespace tg::net
