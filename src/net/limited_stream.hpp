// An accepted socket, perhaps with TLS on it, on which every wait has a time limit from the loop's
// wheel. What fails is not told apart but for one thing: whether it was the time. One read and one
// write may be under way at once. Internal to net; its loop's.
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

  // Nothing to do without TLS.
  Task<bool> handshake(SteadyTime until);
  // 0: the peer has ended, the connection is broken, the time is over or cancel() was called.
  Task<std::size_t> read_some(std::span<char> room, SteadyTime until);
  // The same under TLS: to throw away what still comes.
  Task<std::size_t> read_raw(std::span<char> room, SteadyTime until);
  // All of it, as long as some of it is taken within `stall` each time.
  Task<bool> write_all(std::string_view bytes, std::chrono::milliseconds stall);
  // Says that nothing more will come, to a peer that may still be sending.
  Task<void> finish_sending(SteadyTime until);

  // A read beside a write that may be under way, without a time limit. `done` is called exactly
  // once; the stream must live until then.
  using ReadDone = std::function<void(boost::system::error_code, std::size_t)>;
  void start_read(std::span<char> room, ReadDone done);
  // Cancels the read that start_read() began, and nothing else.
  void cancel_read() { read_signal_.emit(asio::cancellation_type::terminal); }

  // Whether the last read failed by its time; asking clears it.
  bool take_expired() { return std::exchange(expired_, false); }
  // Ends all waiting.
  void cancel();
  void close();
  // Bytes that have come and were not read, as far as the kernel knows.
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
