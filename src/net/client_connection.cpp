#include "net/client_connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>

namespace tg::net {
namespace {

constexpr auto kTuple = asio::as_tuple(use_task);
constexpr std::size_t kReadPiece = 64 << 10;

}  // namespace

ClientConnection::ClientConnection(Executor executor)
    : socket_(executor), timer_(executor), timed_out_(std::make_shared<bool>(false)) {}

ClientConnection::~ClientConnection() = default;

void ClientConnection::limit(SteadyTime deadline) {
  // A handler that was about to run belongs to the limit before.
  timed_out_ = std::make_shared<bool>(false);
  if (deadline == SteadyTime::max()) {
    timer_.cancel();
    return;
  }
  timer_.expires_at(deadline);
  timer_.async_wait(
      [this, mine = std::weak_ptr<bool>(timed_out_)](boost::system::error_code error) {
        const auto flag = mine.lock();
        if (error || flag == nullptr || flag != timed_out_) return;
        *flag = true;
        boost::system::error_code ignored;
        socket_.close(ignored);
      });
}

Error ClientConnection::failed(const boost::system::error_code& error, const char* what) const {
  if (*timed_out_) {
    return {.code = Code::gateway_timeout,
            .reason = "upstream.timeout",
            .message = "the other server took too long",
            .detail = what};
  }
  return {.code = Code::unavailable,
          .reason = "upstream.unreachable",
          .message = fmt::format("the other server cannot be reached ({})", error.message()),
          .detail = what,
          .retry_after = std::chrono::seconds(1)};
}

Task<Result<void>> ClientConnection::connect_to(std::string host, std::uint16_t port,
                                                bool guarded) {
  std::vector<asio::ip::tcp::endpoint> endpoints;
  boost::system::error_code literal;
  if (const auto address = asio::ip::make_address(host, literal); !literal) {
    endpoints.emplace_back(address, port);
  } else {
    asio::ip::basic_resolver<asio::ip::tcp, Executor> resolver(socket_.get_executor());
    const auto [error, found] = co_await resolver.async_resolve(host, std::to_string(port), kTuple);
    if (error) co_return std::unexpected(failed(error, "resolve"));
    for (const auto& entry : found) endpoints.push_back(entry.endpoint());
  }
  if (guarded && std::ranges::any_of(endpoints, [](const auto& endpoint) {
        return !is_public(endpoint.address());
      })) {
    co_return fail(Code::forbidden, "url.not_public",
                   "this address does not lie on the public internet");
  }
  const auto [error, chosen] = co_await asio::async_connect(socket_, endpoints, kTuple);
  if (error) co_return std::unexpected(failed(error, "connect"));
  boost::system::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::open_tunnel(Url url, SteadyTime deadline) {
  const std::string host = fmt::format("{}:{}", url.host, url.port);
  TG_CO_CHECK(
      co_await write(fmt::format("CONNECT {0} HTTP/1.1\r\nHost: {0}\r\n\r\n", host), deadline));
  parser.start(true);
  while (!parser.has_head()) TG_CO_CHECK(co_await read(deadline));
  if (parser.status() / 100 != 2) {
    co_return fail(Code::unavailable, "proxy.refused",
                   fmt::format("the proxy refused the connection ({})", parser.status()));
  }
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::connect(Url url, ClientSettings settings,
                                             asio::ssl::context& tls, SteadyTime deadline) {
  limit(std::min(deadline, std::chrono::steady_clock::now() + settings.connect_time));
  if (settings.proxy.empty()) {
    TG_CO_CHECK(co_await connect_to(url.host, url.port, settings.public_addresses_only));
  } else {
    TG_CO_TRY(const Url proxy, parse_url(settings.proxy));
    TG_CO_CHECK(co_await connect_to(proxy.host, proxy.port, false));
    TG_CO_CHECK(co_await open_tunnel(url, deadline));
  }
  if (url.scheme == "https") {
    tls_ = std::make_unique<asio::ssl::stream<Socket&>>(socket_, tls);
    tls_->set_verify_mode(asio::ssl::verify_peer);
    tls_->set_verify_callback(asio::ssl::host_name_verification(url.host));
    SSL_set_tlsext_host_name(tls_->native_handle(), url.host.c_str());
    const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, kTuple);
    if (error && !*timed_out_) {
      co_return fail(Code::bad_gateway, "upstream.tls",
                     fmt::format("no secure connection: {}", error.message()));
    }
    if (error) co_return std::unexpected(failed(error, "handshake"));
  }
  limit(SteadyTime::max());
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::write(std::string bytes, SteadyTime deadline) {
  limit(deadline);
  boost::system::error_code error;
  if (tls_) {
    std::tie(error, std::ignore) = co_await asio::async_write(*tls_, asio::buffer(bytes), kTuple);
  } else {
    std::tie(error, std::ignore) = co_await asio::async_write(socket_, asio::buffer(bytes), kTuple);
  }
  if (error) co_return std::unexpected(failed(error, "write"));
  limit(SteadyTime::max());
  co_return Result<void>();
}

Task<Result<void>> ClientConnection::read(SteadyTime deadline) {
  limit(deadline);
  piece_.resize(kReadPiece);
  boost::system::error_code error;
  std::size_t size = 0;
  if (tls_) {
    std::tie(error, size) = co_await tls_->async_read_some(asio::buffer(piece_), kTuple);
  } else {
    std::tie(error, size) = co_await socket_.async_read_some(asio::buffer(piece_), kTuple);
  }
  const bool ended = error == asio::error::eof || error == asio::ssl::error::stream_truncated;
  if (error && (!ended || *timed_out_)) co_return std::unexpected(failed(error, "read"));
  limit(SteadyTime::max());
  if (ended) {
    // A cut TLS stream must not pass for the end of a body without length.
    parser.end_of_stream();
  } else {
    parser.append(std::string_view(piece_).substr(0, size));
  }
  if (parser.failure()) co_return std::unexpected(*parser.failure());
  co_return Result<void>();
}

bool ClientConnection::is_quiet() {
  char byte = 0;
  return ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace tg::net
