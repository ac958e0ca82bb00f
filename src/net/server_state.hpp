// State shared by the server's parts. Internal to net.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "net/connection_limits.hpp"
#include "net/limited_stream.hpp"
#include "net/server.hpp"
#include "runtime/gate.hpp"

namespace tg::net {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;

class Connection;

// State of one loop. Not thread-safe: use from that loop only.
struct LoopPart {
  LoopPart(const Clock& clock, std::chrono::milliseconds tick) : wheel(clock.steady(), tick) {}
  TimerWheel wheel;
  std::list<Connection*> connections;
  std::unique_ptr<Acceptor> acceptor;
};

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(Loops& on, ServerSettings with, std::shared_ptr<const Router> routes, const Clock& time,
        ErrorRenderer errors)
      : loops(on),
        settings(std::move(with)),
        router(std::move(routes)),
        clock(time),
        on_error(std::move(errors)),
        limits(settings.connections, settings.connections_per_address,
               settings.count_loopback_connections) {
    for (std::size_t i = 0; i < loops.size(); ++i)
      parts.push_back(std::make_unique<LoopPart>(clock, settings.tick));
  }

  Loops& loops;
  const ServerSettings settings;
  const std::shared_ptr<const Router> router;
  const Clock& clock;
  const ErrorRenderer on_error;
  ConnectionLimits limits;
  std::unique_ptr<asio::ssl::context> tls;
  std::vector<std::unique_ptr<LoopPart>> parts;
  Gate accepting;
  Gate connections;
  std::atomic<bool> draining = false;
  std::uint16_t port = 0;
};

// Serves one accepted socket to its end.
Task<void> serve_connection(std::shared_ptr<Server::State> state, Socket socket, std::size_t loop,
                            ConnectionLimits::Permit place);

}  // namespace tg::net
