#include "net/client_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

#include "net/certificate.hpp"
#include "net/client_pool.hpp"
#include "net/resolve.hpp"

namespace tg::net {
namespace {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Addresses = std::vector<asio::ip::address>;

constexpr auto kTuple = asio::as_tuple(use_task);
constexpr std::size_t kReadPiece = 32 << 10;

Task<Result<Addresses>> addresses_of(std::string host, ClientSettings settings,
                                     SteadyTime deadline) {
  boost::system::error_code no_address;
  const auto literal = asio::ip::make_address(host, no_address);
  if (!no_address) co_return Addresses{literal};
  auto found = settings.resolver ? co_await settings.resolver(host, deadline)
                                 : co_await resolve(host, deadline);
  if (found && found->empty())
    co_return fail(Code::unavailable, "upstream.unreachable", "the server's name has no addresses");
  co_return found;
}

Result<void> guard(const Url& url, const Addresses& addresses, const ClientSettings& settings) {
  if (std::ranges::find(settings.guarded_ports, url.port) == settings.guarded_ports.end())
    return fail(Code::forbidden, "url.port", "this port is not allowed in a URL");
  for (const auto& address : addresses) {
    const bool is_allowed =
        std::ranges::find(settings.allowed_addresses, address) != settings.allowed_addresses.end();
    if (!is_allowed && !is_public(address))
      return fail(Code::forbidden, "url.not_public", "this address is not on the public internet");
  }
  return {};
}

std::string with_port(const std::string& host, std::uint16_t port) {
  return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port)
                                             : fmt::format("[{}]:{}", host, port);
}

std::unexpected<Error> unreachable(std::string_view why, std::string detail) {
  return std::unexpected(Error{.code = Code::unavailable,
                               .reason = "upstream.unreachable",
                               .message = fmt::format("the server cannot be reached ({})", why),
                               .detail = std::move(detail),
                               .retry_after = std::chrono::seconds(1)});
}

// Called for each certificate of the chain; only the server's own counts, whoever signed it.
bool is_it(const std::string& fingerprint, asio::ssl::verify_context& context) {
  X509_STORE_CTX* const chain = context.native_handle();
  return X509_STORE_CTX_get_error_depth(chain) > 0 ||
         fingerprint_of(X509_STORE_CTX_get_current_cert(chain)) == fingerprint;
}

}  // namespace

// One timer for the connection's life: setting a later deadline is one store, checked when the
// timer expires.
struct ClientConnection::Line : std::enable_shared_from_this<Line> {
  explicit Line(Executor executor) : socket(executor), timer(executor) {}

  void limit(SteadyTime deadline) {
    until = deadline;
    if (until < armed) arm();
  }
  void arm() {
    armed = until;
    timer.expires_at(until);
    timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      const auto self = weak.lock();
      if (error || self == nullptr) return;
      self->armed = SteadyTime::max();
      if (std::chrono::steady_clock::now() >= self->until)
        self->expire();
      else if (self->until != SteadyTime::max())
        self->arm();
    });
  }
  void expire() {
    timed_out = true;
    close();
  }
  // An exchange that is abandoned ends with a reset: the server may take an orderly close for the
  // end of the request alone, and go on working.
  void close() {
    boost::system::error_code ignored;
    if (in_exchange) socket.set_option(asio::socket_base::linger(true, 0), ignored);
    socket.close(ignored);
  }

  Socket socket;
  std::optional<asio::ssl::stream<Socket&>> tls;
  Timer timer;
  SteadyTime until = SteadyTime::max();
  SteadyTime armed = SteadyTime::max();
  bool timed_out = false;
  bool in_exchange = false;  // something of a request was sent, its response is not complete
};

ClientConnection::ClientConnection(Executor executor) : line_(std::make_shared<Line>(executor)) {}

ClientConnection::~ClientConnection() {
  if (parser.complete()) line_->in_exchange = false;
  line_->close();
}

Executor ClientConnection::executor() {
  return line_->socket.get_executor();
}

std::unexpected<Error> ClientConnection::failed(const boost::system::error_code& error,
                                                const char* what) const {
  if (line_->timed_out)
    return fail(Code::gateway_timeout, "upstream.timeout", "the server did not respond in time",
                what);
  return unreachable(error.message(), what);
}

Task<Result<void>> ClientConnection::connect(Url url, std::shared_ptr<ClientPool> pool,
                                             SteadyTime deadline) {
  const SteadyTime until =
      std::min(deadline, std::chrono::steady_clock::now() + pool->settings.connect_time);
  auto connected = co_await connect_until(std::move(url), std::move(pool), until);
  // The caller still has time, but the server is not there.
  if (!connected && connected.error().code == Code::gateway_timeout && until < deadline)
    co_return unreachable("timed out", connected.error().detail);
  co_return connected;
}

Task<Result<void>> ClientConnection::connect_until(Url url, std::shared_ptr<ClientPool> pool,
                                                   SteadyTime until) {
  const ClientSettings& settings = pool->settings;
  line_->limit(until);
  std::string tunnel_to = with_port(url.host, url.port);
  Addresses addresses;
  if (settings.public_addresses_only || settings.proxy.empty()) {
    TG_CO_TRY(addresses, co_await addresses_of(url.host, settings, until));
  }
  if (settings.public_addresses_only) {
    TG_CO_TRY_VOID(guard(url, addresses, settings));
    tunnel_to = with_port(addresses.front().to_string(), url.port);
  }
  if (settings.proxy.empty()) {
    TG_CO_TRY_VOID(co_await connect_to(std::move(addresses), url.port));
  } else {
    TG_CO_TRY(const Url proxy, parse_url(settings.proxy));
    // CONNECT and the proxy's credentials would go out in clear.
    if (proxy.scheme != "http") co_return invalid("proxy", "must begin with http://");
    TG_CO_TRY(addresses, co_await addresses_of(proxy.host, settings, until));
    TG_CO_TRY_VOID(co_await connect_to(std::move(addresses), proxy.port));
    TG_CO_TRY_VOID(co_await open_tunnel(std::move(tunnel_to), settings, until));
  }
  line_->limit(until);
  if (url.scheme == "https")
    TG_CO_TRY_VOID(co_await start_tls(url.host, &pool->tls(), settings.fingerprint));
  line_->limit(SteadyTime::max());
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::connect_to(Addresses addresses, std::uint16_t port) {
  std::vector<asio::ip::tcp::endpoint> endpoints;
  for (const auto& address : addresses) endpoints.emplace_back(address, port);
  const auto [error, chosen] = co_await asio::async_connect(line_->socket, endpoints, kTuple);
  if (error || line_->timed_out) co_return failed(error, "connect");
  boost::system::error_code ignored;
  line_->socket.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::open_tunnel(std::string target, ClientSettings settings,
                                                 SteadyTime deadline) {
  std::string head = fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n", target);
  if (!settings.proxy_authorization.empty())
    head += fmt::format("Proxy-Authorization: {}\r\n", settings.proxy_authorization);
  TG_CO_TRY_VOID(co_await write(head + "\r\n", deadline));
  parser.start(true);
  while (!parser.has_head()) TG_CO_TRY_VOID(co_await read(deadline));
  if (parser.status() / 100 == 2 && parser.can_be_reused()) co_return Result<void>();
  co_return fail(Code::unavailable, "proxy.refused",
                 fmt::format("the proxy refused the connection ({})", parser.status()));
}

Task<Result<void>> ClientConnection::start_tls(std::string host, asio::ssl::context* tls,
                                               std::string fingerprint) {
  if (host.ends_with('.')) host.pop_back();
  auto& stream = line_->tls.emplace(line_->socket, *tls);
  stream.set_verify_mode(asio::ssl::verify_peer);
  if (fingerprint.empty()) {
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
  } else {
    stream.set_verify_callback([fingerprint](bool, asio::ssl::verify_context& context) {
      return is_it(fingerprint, context);
    });
  }
  boost::system::error_code is_name;
  asio::ip::make_address(host, is_name);
  if (is_name) SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());
  const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, kTuple);
  if (!error) co_return Result<void>();
  if (line_->timed_out) co_return failed(error, "handshake");
  co_return fail(Code::bad_gateway, "upstream.tls", "the TLS handshake with the server failed",
                 error.message());
}

Task<Result<void>> ClientConnection::write(std::string bytes, SteadyTime deadline) {
  line_->limit(deadline);
  line_->in_exchange = true;
  const auto [error, size] =
      line_->tls ? co_await asio::async_write(*line_->tls, asio::buffer(bytes), kTuple)
                 : co_await asio::async_write(line_->socket, asio::buffer(bytes), kTuple);
  if (error) co_return failed(error, "write");
  line_->limit(SteadyTime::max());
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::read(SteadyTime deadline) {
  line_->limit(deadline);
  piece_.resize(kReadPiece);
  const auto [error, size] =
      line_->tls ? co_await line_->tls->async_read_some(asio::buffer(piece_), kTuple)
                 : co_await line_->socket.async_read_some(asio::buffer(piece_), kTuple);
  if (line_->timed_out) co_return failed(error, "read");
  line_->limit(SteadyTime::max());
  if (!error) {
    parser.append(std::string_view(piece_).substr(0, size));
  } else if (!parser.has_bytes()) {
    co_return fail(Code::unavailable, "upstream.closed",
                   "the server closed the connection without a response", error.message());
  } else if (error == asio::error::eof) {
    parser.end_of_stream();
  } else {
    // Reset, or a TLS stream that was cut: not the end of a body without length.
    co_return fail(Code::bad_gateway, "upstream.broken", "the server's response was cut off",
                   error.message());
  }
  if (parser.failure()) co_return std::unexpected(*parser.failure());
  co_return Result<void>();
}

bool ClientConnection::has_answer() {
  return !line_->tls && has_input();
}

bool ClientConnection::has_input() {
  char byte = 0;
  const auto size = ::recv(line_->socket.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return size >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void ClientConnection::rest_until(SteadyTime time) {
  piece_ = {};
  line_->in_exchange = false;
  line_->limit(time);
}

bool ClientConnection::is_fresh() {
  const bool has_time = std::chrono::steady_clock::now() < line_->until;
  if (!has_time || !line_->socket.is_open() || has_input()) return false;
  line_->limit(SteadyTime::max());
  return true;
}

}  // namespace tg::net
