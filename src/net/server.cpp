#include "net/server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/core.h>
#include <sys/socket.h>

#include "base/json.hpp"
#include "net/certificate.hpp"
#include "net/connection.hpp"
#include "runtime/log.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::net {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::chrono::milliseconds kPause{100};

// The only timer of a loop: it advances the timer wheel.
Task<void> tick(std::shared_ptr<Server::State> state, std::size_t loop) {
  Timer timer(co_await asio::this_coro::executor);
  while (true) {
    timer.expires_after(state->settings.tick);
    const auto [error] = co_await timer.async_wait(asio::as_tuple(use_task));
    if (error) co_return;
    state->parts[loop]->wheel.advance(state->clock.steady());
  }
}

void admit(const std::shared_ptr<Server::State>& state, Socket socket, std::size_t loop) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return;  // gone already
  auto place = state->limits.enter(peer.address());
  if (!place) return;  // closed at once: a response would cost what the limit protects
  socket.set_option(asio::ip::tcp::no_delay(true), error);
  const Executor executor = socket.get_executor();
  state->connections.spawn(executor,
                           serve_connection(state, std::move(socket), loop, *std::move(place)));
}

// Connections in the kernel's queue would be reset when the acceptor closes.
void admit_queued(const std::shared_ptr<Server::State>& state, std::size_t loop) {
  Acceptor& acceptor = *state->parts[loop]->acceptor;
  boost::system::error_code error;
  acceptor.non_blocking(true, error);
  while (!error) {
    Socket socket(acceptor.get_executor());
    acceptor.accept(socket, error);
    if (!error) admit(state, std::move(socket), loop);
  }
}

Task<void> accept(std::shared_ptr<Server::State> state, std::size_t loop) {
  Acceptor& acceptor = *state->parts[loop]->acceptor;
  while (!state->draining) {
    auto [error, socket] = co_await acceptor.async_accept(asio::as_tuple(use_task));
    if (!error) {
      admit(state, std::move(socket), loop);
    } else if (!state->draining) {
      // Out of file descriptors: wait for some to be closed instead of spinning.
      log::warning("a connection was not accepted", {{"reason", error.message()}});
      Timer pause(co_await asio::this_coro::executor, kPause);
      co_await pause.async_wait(asio::as_tuple(use_task));
    }
  }
}

std::unexpected<Error> cannot_listen(const asio::ip::tcp::endpoint& endpoint,
                                     const boost::system::error_code& error) {
  return fail(Code::conflict, "address_in_use",
              fmt::format("cannot listen on {}:{}: {}", endpoint.address().to_string(),
                          endpoint.port(), error.message()));
}

// Every loop listens on the same port (SO_REUSEPORT), which would let another process of the same
// user share it unnoticed: so the port is first bound without sharing.
Result<void> check_free(const asio::ip::tcp::endpoint& endpoint, Executor executor) {
  boost::system::error_code error;
  Acceptor probe(executor);
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (error) return cannot_listen(endpoint, error);
  return {};
}

Result<Acceptor> listen(const asio::ip::tcp::endpoint& endpoint, Executor executor) {
  boost::system::error_code error;
  Acceptor acceptor(executor);
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(4096, error);
  if (error) return cannot_listen(endpoint, error);
  return acceptor;
}

std::unexpected<Error> unusable(std::string_view what, const std::filesystem::path& file,
                                const boost::system::error_code& error) {
  auto refused = fail(Code::validation, "tls",
                      fmt::format("{} cannot be used: {}", file.string(), error.message()));
  refused.error().field = what;
  return refused;
}

Result<void> load_tls(Server::State& state) {
  if (state.settings.certificate.empty()) return {};
  state.tls = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  state.tls->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                         asio::ssl::context::no_tlsv1_1);
  boost::system::error_code error;
  state.tls->use_certificate_chain_file(state.settings.certificate.string(), error);
  if (error) return unusable("certificate", state.settings.certificate, error);
  state.tls->use_private_key_file(state.settings.key.string(), asio::ssl::context::pem, error);
  if (error) return unusable("key", state.settings.key, error);
  return {};
}

}  // namespace

Response render_error(const Error& error, const std::string& request_id, std::string_view) {
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
  TG_TRY_VOID(load_tls(state));
  boost::system::error_code error;
  const auto address = asio::ip::make_address(state.settings.address, error);
  if (error) return invalid("address", "must be an IP address");
  state.port = state.settings.port;
  if (state.port != 0)
    TG_TRY_VOID(check_free({address, state.port}, state.loops.at(0).get_executor()));
  for (std::size_t i = 0; i < state.loops.size(); ++i) {
    TG_TRY(Acceptor acceptor, listen({address, state.port}, state.loops.at(i).get_executor()));
    state.port = acceptor.local_endpoint().port();
    state.parts[i]->acceptor = std::make_unique<Acceptor>(std::move(acceptor));
  }
  for (std::size_t i = 0; i < state.loops.size(); ++i) {
    state.accepting.spawn(state.loops.at(i).get_executor(), accept(state_, i));
    state.accepting.spawn(state.loops.at(i).get_executor(), tick(state_, i));
  }
  return {};
}

std::string Server::fingerprint() const {
  if (!state_->tls) return {};
  return fingerprint_of(SSL_CTX_get0_certificate(state_->tls->native_handle()));
}

std::uint16_t Server::port() const {
  return state_->port;
}

std::size_t Server::open_connections() const {
  return state_->limits.open();
}

void Server::drain(std::chrono::milliseconds at_most) {
  State& state = *state_;
  if (state.draining.exchange(true)) return;
  for (std::size_t i = 0; i < state.parts.size(); ++i) {
    if (state.parts[i]->acceptor == nullptr) continue;  // start() has failed
    // On their own loops: sockets and time limits belong to them.
    asio::post(state.loops.at(i).get_executor(), [state = state_, i] {
      admit_queued(state, i);
      boost::system::error_code ignored;
      state->parts[i]->acceptor->close(ignored);
      for (Connection* connection : state->parts[i]->connections) connection->drain();
    });
  }
  run_blocking(state.connections.wait_until(std::chrono::steady_clock::now() + at_most));
  state.connections.close();
  state.connections.cancel();
  state.accepting.close();
  state.accepting.cancel();
  run_blocking(state.connections.wait());
  run_blocking(state.accepting.wait());
}

}  // namespace tg::net
