// What the server's parts share. Internal to net.
#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "net/server.hpp"
#include "runtime/gate.hpp"

namespace tg::net {

using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

// One connection's time limit: what is over time is closed by its loop's sweeper, so that no
// request needs a timer of its own. Used on its loop only.
struct TimeLimit {
  SteadyTime until = SteadyTime::max();
  bool expired = false;
  std::function<void()> on_expiry;
};

// The time limits of a loop's connections, looked at ten times a second.
struct Sweeper {
  std::list<TimeLimit*> limits;
  void sweep(SteadyTime now) {
    for (TimeLimit* limit : limits) {
      if (limit->until > now || limit->expired) continue;
      limit->expired = true;
      limit->on_expiry();
    }
  }
};

struct Server::State : std::enable_shared_from_this<Server::State> {
  State(Loops& on, ServerSettings with, std::shared_ptr<const Router> routes, const Clock& time,
        ErrorRenderer errors)
      : loops(on),
        settings(std::move(with)),
        router(std::move(routes)),
        clock(time),
        on_error(std::move(errors)),
        sweepers(on.size()) {}

  Loops& loops;
  const ServerSettings settings;
  const std::shared_ptr<const Router> router;
  const Clock& clock;
  const ErrorRenderer on_error;
  std::unique_ptr<asio::ssl::context> tls;
  std::vector<std::unique_ptr<Acceptor>> acceptors;
  std::vector<Sweeper> sweepers;
  Gate accepting;
  Gate connections;
  std::atomic<std::size_t> open = 0;
  std::atomic<bool> draining = false;
  std::uint16_t port = 0;
};

// Serves one accepted socket to its end.
Task<void> serve_connection(std::shared_ptr<Server::State> state, Socket socket, std::size_t loop);

}  // namespace tg::net
