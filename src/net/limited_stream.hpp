// An accepted socket, optionally with TLS, on which every wait has a time limit from the loop's
// timer wheel. Failures are not distinguished, except timeouts. One read and one write may be in
// progress at the same time. Internal to net. Not thread-safe: use from its event loop only.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/timer_wheel.hpp"
#include "runtime/task.hpp"

namespace tg::net {

using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;

class LimitedStream {
 public:
  LimitedStream(Socket socket, asio::ssl::context* tls, TimerWheel& wheel, const Clock& clock);
  LimitedStream(const LimitedStream&) = delete;
  LimitedStream& operator=(const LimitedStream&) = delete;

  // A no-op without TLS.
  Task<bool> handshake(SteadyTime until);
  // 0: end of input, a broken connection, a timeout, or cancel() was called.
  Task<std::size_t> read_some(std::span<char> room, SteadyTime until);
  // The same below TLS, to discard the remaining input.
  Task<std::size_t> read_raw(std::span<char> room, SteadyTime until);
  // Writes everything, as long as each `stall` interval makes some progress.
  Task<bool> write_all(std::string_view bytes, std::chrono::milliseconds stall);
  // Shuts down the sending side; the peer may still be sending.
  Task<void> finish_sending(SteadyTime until);

  // A read beside a write that may be under way, without a time limit. `done` is called exactly
  // once; the stream must live until then.
  using ReadDone = std::function<void(boost::system::error_code, std::size_t)>;
  void start_read(std::span<char> room, ReadDone done);
  // Cancels the read that start_read() began, and nothing else.
  void cancel_read() { read_signal_.emit(asio::cancellation_type::terminal); }

  // Whether the last read timed out; clears the flag.
  bool take_expired() { return std::exchange(expired_, false); }
  // Cancels every pending operation.
  void cancel();
  void close();
  // Whether the kernel holds received bytes that were not read.
  bool has_unread();
  std::string peer() const;  // the address, no port
  Executor executor() { return socket_.get_executor(); }

 private:
  Socket socket_;
  std::optional<asio::ssl::stream<Socket&>> tls_;
  TimerWheel& wheel_;
  const Clock& clock_;
  TimerWheel::Timer limit_;  // of reads and the handshake
  TimerWheel::Timer write_limit_;
  asio::cancellation_signal read_signal_;  // of start_read()
  bool expired_ = false;
};

}  // namespace tg::net
