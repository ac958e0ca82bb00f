#include "net/limited_stream.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>

namespace tg::net {
namespace {

constexpr auto kTuple = asio::as_tuple(use_task);

}  // namespace

LimitedStream::LimitedStream(Socket socket, asio::ssl::context* tls, TimerWheel& wheel,
                             const Clock& clock)
    : socket_(std::move(socket)),
      wheel_(wheel),
      clock_(clock),
      limit_([this] {
        expired_ = true;
        cancel();
      }),
      write_limit_([this] { cancel(); }) {
  if (tls != nullptr) tls_.emplace(socket_, *tls);
}

Task<bool> LimitedStream::handshake(SteadyTime until) {
  if (!tls_) co_return true;
  wheel_.arm(limit_, until);
  const auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::server, kTuple);
  wheel_.disarm(limit_);
  co_return !error;
}

Task<std::size_t> LimitedStream::read_some(std::span<char> room, SteadyTime until) {
  wheel_.arm(limit_, until);
  const asio::mutable_buffer buffer(room.data(), room.size());
  const auto [error, size] = tls_ ? co_await tls_->async_read_some(buffer, kTuple)
                                  : co_await socket_.async_read_some(buffer, kTuple);
  wheel_.disarm(limit_);
  co_return error ? 0 : size;
}

Task<std::size_t> LimitedStream::read_raw(std::span<char> room, SteadyTime until) {
  wheel_.arm(limit_, until);
  const auto [error, size] =
      co_await socket_.async_read_some(asio::mutable_buffer(room.data(), room.size()), kTuple);
  wheel_.disarm(limit_);
  co_return error ? 0 : size;
}

Task<bool> LimitedStream::write_all(std::string_view bytes, std::chrono::milliseconds stall) {
  while (!bytes.empty()) {
    wheel_.arm(write_limit_, clock_.steady() + stall);
    const asio::const_buffer buffer(bytes.data(), bytes.size());
    const auto [error, size] = tls_ ? co_await tls_->async_write_some(buffer, kTuple)
                                    : co_await socket_.async_write_some(buffer, kTuple);
    wheel_.disarm(write_limit_);
    if (error) co_return false;
    bytes.remove_prefix(size);
  }
  co_return true;
}

Task<void> LimitedStream::finish_sending(SteadyTime until) {
  if (tls_) {
    wheel_.arm(limit_, until);
    co_await tls_->async_shutdown(kTuple);
    wheel_.disarm(limit_);
  }
  boost::system::error_code ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
}

void LimitedStream::start_read(std::span<char> room, ReadDone done) {
  const asio::mutable_buffer buffer(room.data(), room.size());
  auto handler = asio::bind_cancellation_slot(read_signal_.slot(), std::move(done));
  if (tls_) {
    tls_->async_read_some(buffer, std::move(handler));
  } else {
    socket_.async_read_some(buffer, std::move(handler));
  }
}

void LimitedStream::cancel() {
  boost::system::error_code ignored;
  socket_.cancel(ignored);
}

void LimitedStream::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

bool LimitedStream::has_unread() {
  boost::system::error_code ignored;
  return socket_.available(ignored) > 0;
}

std::string LimitedStream::peer() const {
  boost::system::error_code ignored;
  return socket_.remote_endpoint(ignored).address().to_string();
}

}  // namespace tg::net
