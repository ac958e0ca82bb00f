// One connection of the server: its requests in order, streamed bodies in both directions, its
// shutdown. connection.cpp implements the life of the connection and of each request,
// connection_body.cpp the request body, connection_answer.cpp the response. Internal to net. Not
// thread-safe: use from its event loop only.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>

#include "net/gzip.hpp"
#include "net/request_parser.hpp"
#include "net/server_state.hpp"

namespace tg::net {

class Connection final : public BodyReader,
                         public ResponseWriter,
                         public std::enable_shared_from_this<Connection> {
 public:
  Connection(std::shared_ptr<Server::State> state, Socket socket, std::size_t loop,
             ConnectionLimits::Permit place);
  ~Connection() override;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Task<void> run();
  // Ends the connection if it is idle; otherwise its next response is its last.
  void drain();
  void close() { stream_.close(); }

  Task<Result<std::optional<std::string>>> read() override;
  Task<Result<void>> send(Response response) override;
  Task<Result<void>> begin(int status, Headers headers,
                           std::optional<std::uint64_t> length) override;
  Task<Result<void>> write(std::string piece) override;
  Task<Result<void>> finish() override;
  void watch_client(std::function<void()> on_gone, GoneWhen when) override;
  bool started() const override { return now_.started; }

 private:
  // One request and its response.
  struct Exchange {
    bool started = false;   // the response
    bool finished = false;  // the response is complete
    bool is_chunked = false;
    bool is_head = false;
    bool accepts_gzip = false;
    bool expects_continue = false;  // and was not told to continue yet
    int minor_version = 1;
    std::size_t body_limit = 0;
    std::size_t body_read = 0;
    std::chrono::nanoseconds body_waited{};  // time spent waiting for the client
    std::optional<Error> body_failure;
    std::unique_ptr<Gzip> gzip;  // of a streamed response
  };

  // connection.cpp
  Task<bool> serve_one();
  Task<bool> next_head();
  Task<void> answer();
  Task<void> answer_without_route();
  Task<void> handle(const Route* route);
  Task<void> refuse(Error error);
  Response error_response(const Error& error, std::string_view accept);
  Task<void> end();
  Task<void> linger();
  Task<bool> fill(SteadyTime until);
  Task<bool> flush();
  void flush_soon();
  static Task<void> flush_beside(std::shared_ptr<Connection> self);
  void watch();
  Task<void> stop_watching();

  // connection_body.cpp
  Task<bool> fill_body();
  bool skip_buffered_body();
  std::unexpected<Error> too_large();

  // connection_answer.cpp
  void write_head(int status, const Headers& headers, std::optional<std::uint64_t> length);
  Task<std::string> compressed(std::string text, Gzip::End end);
  void append_piece(std::string_view piece);

  const std::shared_ptr<Server::State> state_;
  LoopPart& loop_;
  const ConnectionLimits::Permit place_;
  std::list<Connection*>::iterator position_;
  LimitedStream stream_;
  RequestParser parser_;
  std::string out_;      // responses not sent yet
  std::string sending_;  // the bytes of the write in progress; empty: none
  // Never expires: cancelled when that write ends.
  asio::basic_waitable_timer<std::chrono::steady_clock,
                             asio::wait_traits<std::chrono::steady_clock>, Executor>
      sent_;
  std::size_t answers_in_out_ = 0;
  std::size_t read_size_;
  std::size_t served_ = 0;
  std::string request_id_;
  Headers answer_fields_;  // for the current request
  Request request_;
  Router::Match match_;
  Exchange now_;
  std::function<void()> on_gone_;
  GoneWhen gone_when_ = GoneWhen::reset;
  bool flush_posted_ = false;
  bool watching_ = false;     // a read of watch() is in progress
  bool waiting_ = false;      // idle: no byte of the next request was received
  bool close_after_ = false;  // after this response
  bool broken_ = false;       // nothing more can be sent
};

}  // namespace tg::net
