#include "net/server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>
#include <sys/socket.h>

#include "base/json.hpp"
#include "net/server_state.hpp"
#include "runtime/log.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::net {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::chrono::milliseconds kSweep{100};

Task<void> sweep(std::shared_ptr<Server::State> state, std::size_t loop) {
  Timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_after(kSweep);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(use_task));
    if (error) co_return;
    state->sweepers[loop].sweep(state->clock.steady());
  }
}

Task<void> accept(std::shared_ptr<Server::State> state, std::size_t loop) {
  Acceptor& acceptor = *state->acceptors[loop];
  while (!state->draining) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(use_task));
    if (error == asio::error::operation_aborted || state->draining) co_return;
    if (error) {
      // Out of descriptors: wait for some to be closed instead of spinning.
      log::warning("a connection was not accepted", {{"reason", error.message()}});
      Timer pause(co_await asio::this_coro::executor, kSweep);
      co_await pause.async_wait(asio::as_tuple(use_task));
      continue;
    }
    if (state->open >= state->settings.connections) continue;  // closed at once
    socket.set_option(asio::ip::tcp::no_delay(true), error);
    state->connections.spawn(acceptor.get_executor(),
                             serve_connection(state, std::move(socket), loop));
  }
}

Result<void> load_tls(Server::State& state) {
  if (state.settings.certificate.empty()) return {};
  try {
    state.tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
    state.tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                           asio::ssl::context::no_tlsv1_1);
    state.tls->use_certificate_chain_file(state.settings.certificate.string());
    state.tls->use_private_key_file(state.settings.key.string(), asio::ssl::context::pem);
  } catch (const boost::system::system_error& error) {
    return fail(Code::validation, "tls",
                fmt::format("certificate or key cannot be used: {}", error.what()));
  }
  return {};
}

}  // namespace

Response render_error(const Error& error, const std::string& request_id) {
  Response response{.status = http_status(error.code)};
  json::Object details;
  if (!error.field.empty()) details["field"] = error.field;
  if (!error.reason.empty()) details["reason"] = error.reason;
  response.body = json::to_text(json::Object{{"success", false},
                                             {"error_code", wire_name(error.code)},
                                             {"detail", error.message},
                                             {"message", error.message},
                                             {"details", details},
                                             {"timestamp", format_iso8601(SystemClock().wall())},
                                             {"request_id", request_id}});
  response.headers.add("Content-Type", "application/json");
  if (error.code == Code::unauthorized) response.headers.add("WWW-Authenticate", "Bearer");
  if (error.retry_after)
    response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  if (error.code == Code::unavailable && !error.retry_after)
    response.headers.add("Retry-After", "1");
  return response;
}

Server::Server(Loops& loops, ServerSettings settings, std::shared_ptr<const Router> router,
               const Clock& clock, ErrorRenderer on_error)
    : state_(std::make_shared<State>(loops, std::move(settings), std::move(router), clock,
                                     std::move(on_error))) {}

Server::~Server() {
  drain(std::chrono::milliseconds(0));
}

Result<void> Server::start() {
  State& state = *state_;
  TG_CHECK(load_tls(state));
  boost::system::error_code error;
  const auto address = asio::ip::make_address(state.settings.address, error);
  if (error) return invalid("address", "must be an IP address");
  state.port = state.settings.port;
  for (std::size_t i = 0; i < state.loops.size(); ++i) {
    auto acceptor = std::make_unique<Acceptor>(state.loops.at(i).get_executor());
    const asio::ip::tcp::endpoint endpoint(address, state.port);
    acceptor->open(endpoint.protocol(), error);
    if (!error) acceptor->set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor->set_option(ReusePort(true), error);
    if (!error) acceptor->bind(endpoint, error);
    if (!error) acceptor->listen(4096, error);
    if (error) {
      return fail(Code::conflict, "address_in_use",
                  fmt::format("cannot listen on {}:{}: {}", state.settings.address, state.port,
                              error.message()));
    }
    state.port = acceptor->local_endpoint().port();
    state.acceptors.push_back(std::move(acceptor));
  }
  for (std::size_t i = 0; i < state.loops.size(); ++i) {
    state.accepting.spawn(state.loops.at(i).get_executor(), accept(state_, i));
    state.accepting.spawn(state.loops.at(i).get_executor(), sweep(state_, i));
  }
  return {};
}

std::uint16_t Server::port() const {
  return state_->port;
}

std::size_t Server::open_connections() const {
  return state_->open;
}

void Server::drain(std::chrono::milliseconds at_most) {
  State& state = *state_;
  if (state.draining.exchange(true)) return;
  const auto closed = std::make_shared<std::atomic<std::size_t>>(0);
  for (std::size_t i = 0; i < state.acceptors.size(); ++i) {
    // On their own loops: sockets and time limits belong to them.
    asio::post(state.loops.at(i).get_executor(), [state = state_, i] {
      boost::system::error_code ignored;
      state->acceptors[i]->close(ignored);
      for (TimeLimit* limit : state->sweepers[i].limits) {
        // Waiting for a next request: nothing of it has come, it can go.
        if (limit->until != SteadyTime::max() && !limit->expired) {
          limit->expired = true;
          limit->on_expiry();
        }
      }
    });
  }
  const auto until = std::chrono::steady_clock::now() + at_most;
  while (state.connections.running() > 0 && std::chrono::steady_clock::now() < until) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  state.connections.close();
  state.connections.cancel();
  state.accepting.close();
  state.accepting.cancel();
  run_blocking(state.connections.wait());
  run_blocking(state.accepting.wait());
}

}  // namespace tg::net
