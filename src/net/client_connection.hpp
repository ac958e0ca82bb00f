// One connection of the client: a socket, perhaps TLS on it, and a deadline over both. Internal to
// net; belongs to its loop.
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

  // Resolves, checks every address, connects to one of those, speaks to the proxy and TLS.
  Task<Result<void>> connect(Url url, std::shared_ptr<ClientPool> pool, SteadyTime deadline);
  Task<Result<void>> write(std::string bytes, SteadyTime deadline);
  // Reads once into the parser. The peer's end is the parser's end_of_stream(); before any byte of
  // an answer it is Code::unavailable with the reason "upstream.closed".
  Task<Result<void>> read(SteadyTime deadline);
  // Whether an answer (or the end) has come while the request is still being sent. Not seen under
  // TLS, where what has come may be the protocol's own.
  bool has_answer();
  // From now on nobody uses it; it closes itself at that time.
  void rest_until(SteadyTime time);
  // Ready for the next request: neither closed nor spoken to unasked.
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
