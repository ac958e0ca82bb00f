// One connection of the client: a socket, optionally with TLS, and a deadline for its operations.
// Internal to net. Not thread-safe: use from its event loop only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/client.hpp"
#include "net/response_parser.hpp"

namespace tg::net {

class ClientPool;

class ClientConnection {
 public:
  explicit ClientConnection(Executor executor);
  ~ClientConnection();
  ClientConnection(const ClientConnection&) = delete;
  ClientConnection& operator=(const ClientConnection&) = delete;

  // Resolves the name, checks its addresses, connects, and sets up the proxy tunnel and TLS.
  Task<Result<void>> connect(Url url, std::shared_ptr<ClientPool> pool, SteadyTime deadline);
  Task<Result<void>> write(std::string bytes, SteadyTime deadline);
  // Reads once into the parser. End of input becomes end_of_stream(); before any byte of a response
  // it is Code::unavailable with the reason "upstream.closed".
  Task<Result<void>> read(SteadyTime deadline);
  // Whether a response (or the end of input) was received while the request is still being sent.
  // Always false with TLS, where received bytes may be protocol records.
  bool has_answer();
  // Marks the connection idle; it closes itself at that time.
  void rest_until(SteadyTime time);
  // Whether it is ready for the next request: open, and without unsolicited input.
  bool is_fresh();
  Executor executor();

  ResponseParser parser;

 private:
  struct Line;  // outlives the connection while its timer's handler runs
  Task<Result<void>> connect_until(Url url, std::shared_ptr<ClientPool> pool, SteadyTime until);
  Task<Result<void>> connect_to(std::vector<asio::ip::address> addresses, std::uint16_t port);
  Task<Result<void>> open_tunnel(std::string target, ClientSettings settings, SteadyTime deadline);
  Task<Result<void>> start_tls(std::string host, asio::ssl::context* tls, std::string fingerprint);
  bool has_input();
  std::unexpected<Error> failed(const boost::system::error_code& error, const char* what) const;

  std::shared_ptr<Line> line_;
  std::string piece_;
};

}  // namespace tg::net
