// One connection of the client: a socket, perhaps TLS on it, and a deadline over both. Internal to
// net; belongs to its loop.
#pragma once

#include <memory>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/client.hpp"
#include "net/response_parser.hpp"

namespace tg::net {

class ClientConnection {
 public:
  using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;

  explicit ClientConnection(Executor executor);
  ~ClientConnection();

  // Resolves, checks every address, connects to one of those, speaks to the proxy and TLS.
  Task<Result<void>> connect(Url url, ClientSettings settings, asio::ssl::context& tls,
                             SteadyTime deadline);
  Task<Result<void>> write(std::string bytes, SteadyTime deadline);
  // Reads once into the parser. The peer's end is the parser's end_of_stream().
  Task<Result<void>> read(SteadyTime deadline);
  // Whether the peer has said nothing since: neither closed nor sent something unasked.
  bool is_quiet();
  Executor executor() { return socket_.get_executor(); }

  ResponseParser parser;
  SteadyTime idle_since{};

 private:
  Task<Result<void>> connect_to(std::string host, std::uint16_t port, bool guarded);
  Task<Result<void>> open_tunnel(Url url, SteadyTime deadline);
  // Cancels what runs on the socket when the time is over. One timer for the connection's life.
  void limit(SteadyTime deadline);
  Error failed(const boost::system::error_code& error, const char* what) const;

  Socket socket_;
  std::unique_ptr<asio::ssl::stream<Socket&>> tls_;
  Timer timer_;
  std::shared_ptr<bool> timed_out_;
  std::string piece_;
};

}  // namespace tg::net
