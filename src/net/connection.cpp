// One connection: requests in order, bodies both ways in pieces, time limits, the end.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <fmt/core.h>
#include <zlib.h>

#include "base/ids.hpp"
#include "net/server_state.hpp"
#include "runtime/log.hpp"

namespace tg::net {
namespace {

constexpr std::size_t kReadPiece = 64 << 10;
constexpr std::size_t kGathered = 64
                                  << 10;  // answers of pipelined requests up to here are one write
constexpr std::size_t kDrained = 256 << 10;   // of a body nobody wanted
constexpr std::size_t kGzipUpTo = 512 << 10;  // longer work does not belong on a loop

std::string gzip(std::string_view text) {
  z_stream stream{};
  deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

bool is_compressible(std::string_view type) {
  return type.starts_with("text/") || type.find("json") != std::string_view::npos ||
         type.find("javascript") != std::string_view::npos;
}

std::string http_date(UnixMillis now) {
  const auto day = std::chrono::floor<std::chrono::days>(now);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(now - day));
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

bool is_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

// A field of an answer cannot bring a line of its own.
bool is_safe_field(std::string_view text) {
  return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

template <typename Stream>
class Connection final : public BodyReader, public ResponseWriter {
 public:
  Connection(std::shared_ptr<Server::State> state, Stream& stream, Socket& socket, std::size_t loop)
      : state_(std::move(state)),
        stream_(stream),
        socket_(socket),
        sweeper_(state_->sweepers[loop]),
        parser_(state_->settings.limits) {
    ++state_->open;
    limit_.on_expiry = [this] {
      boost::system::error_code ignored;
      socket_.cancel(ignored);
    };
    sweeper_.limits.push_front(&limit_);
    place_ = sweeper_.limits.begin();
    boost::system::error_code ignored;
    peer_ = socket_.remote_endpoint(ignored).address().to_string();
  }
  ~Connection() override {
    sweeper_.limits.erase(place_);
    --state_->open;
  }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  Task<void> run() {
    for (std::size_t served = 0; served < state_->settings.requests_per_connection; ++served) {
      if (!co_await next_head()) break;
      close_after_ = !parser_.head().keep_alive || state_->draining ||
                     served + 1 == state_->settings.requests_per_connection;
      co_await answer();
      if (broken_ || parser_.failure()) break;
      if (!parser_.body_complete() && !co_await drain_body()) break;
      parser_.next_request();
      if (close_after_) break;
      if ((!parser_.has_whole_head() || out_.size() > kGathered) && !co_await flush()) break;
    }
    co_await flush();
  }

  // BodyReader
  Task<Result<std::optional<std::string>>> read() override {
    if (expects_continue_) {
      expects_continue_ = false;
      out_ += "HTTP/1.1 100 Continue\r\n\r\n";
      if (!co_await flush())
        co_return fail(Code::request_timeout, "http.gone", "the client is gone");
    }
    while (true) {
      auto piece = parser_.take_body();
      if (parser_.failure()) co_return std::unexpected(*parser_.failure());
      if (piece) {
        body_read_ += piece->size();
        if (body_read_ > body_limit_) co_return too_large();
        co_return piece;
      }
      if (parser_.body_complete()) co_return std::optional<std::string>();
      if (!co_await fill(state_->settings.body_time)) {
        // Too slow: it can still be told. Gone: it cannot.
        broken_ = !std::exchange(limit_.expired, false);
        close_after_ = true;
        body_failure_ = Error{.code = Code::request_timeout,
                              .reason = "http.slow_body",
                              .message = "the body came too slowly or not whole"};
        co_return std::unexpected(*body_failure_);
      }
    }
  }

  // ResponseWriter
  Task<Result<void>> send(Response response) override {
    if (started_) co_return internal("an answer was begun already");
    const std::string_view type = response.headers.get("Content-Type");
    if (response.body.size() >= state_->settings.gzip_from && response.body.size() <= kGzipUpTo &&
        accepts_gzip_ && is_compressible(type) && !response.headers.has("Content-Encoding")) {
      response.body = gzip(response.body);
      response.headers.add("Content-Encoding", "gzip");
      response.headers.add("Vary", "Accept-Encoding");
    }
    started_ = finished_ = true;
    const bool no_content = response.status == 204 || response.status == 304;
    write_head(response.status, response.headers,
               no_content ? std::nullopt : std::optional<std::uint64_t>(response.body.size()));
    if (!is_head_ && !no_content) out_ += response.body;
    co_return Result<void>();
  }

  Task<Result<void>> begin(int status, Headers headers,
                           std::optional<std::uint64_t> length) override {
    if (started_) co_return internal("an answer was begun already");
    started_ = true;
    chunked_ = !length && minor_version_ == 1;
    if (!length && !chunked_) close_after_ = true;
    if (chunked_) headers.add("Transfer-Encoding", "chunked");
    write_head(status, headers, length);
    co_return co_await flush() ? Result<void>() : gone();
  }

  Task<Result<void>> write(std::string piece) override {
    if (piece.empty() || is_head_) co_return Result<void>();
    if (chunked_) {
      out_ += fmt::format("{:x}\r\n{}\r\n", piece.size(), piece);
    } else {
      out_ += piece;
    }
    co_return co_await flush() ? Result<void>() : gone();
  }

  Task<Result<void>> finish() override {
    finished_ = true;
    if (chunked_ && !is_head_) out_ += "0\r\n\r\n";
    co_return co_await flush() ? Result<void>() : gone();
  }

  void watch_client(std::function<void()> on_gone) override {
    auto alive = std::weak_ptr<int>(alive_);
    socket_.async_wait(Socket::wait_read, [this, alive, on_gone = std::move(on_gone)](
                                              boost::system::error_code error) {
      if (error || alive.expired()) return;
      char byte = 0;
      if (::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0) on_gone();
    });
  }

  bool started() const override { return started_; }

 private:
  static std::unexpected<Error> gone() {
    return fail(Code::request_timeout, "http.gone", "the client is gone");
  }

  std::unexpected<Error> too_large() {
    close_after_ = true;
    return fail(Code::payload_too_large, "too_large.body",
                fmt::format("the body is larger than the {} bytes allowed here", body_limit_));
  }

  Task<bool> fill(std::chrono::milliseconds at_most) {
    if (limit_.expired) co_return false;
    limit_.until = state_->clock.steady() + at_most;
    co_return co_await fill_until();
  }

  // The limit is set already: several reads may share it.
  Task<bool> fill_until() {
    piece_.resize(kReadPiece);
    const auto [error, size] =
        co_await stream_.async_read_some(asio::buffer(piece_), asio::as_tuple(use_task));
    limit_.until = SteadyTime::max();
    if (error) co_return false;
    parser_.append(std::string_view(piece_).substr(0, size));
    co_return true;
  }

  Task<bool> flush() {
    if (out_.empty()) co_return true;
    if (broken_ || limit_.expired) co_return false;
    limit_.until = state_->clock.steady() + state_->settings.write_time;
    const auto [error, size] =
        co_await asio::async_write(stream_, asio::buffer(out_), asio::as_tuple(use_task));
    limit_.until = SteadyTime::max();
    out_.clear();
    broken_ = broken_ || error;
    co_return !error;
  }

  // False: the connection is at its end. What was wrong has been answered.
  Task<bool> next_head() {
    start_request();
    SteadyTime head_until = SteadyTime::max();
    while (!parser_.next_head()) {
      if (parser_.failure()) {
        co_await refuse(*parser_.failure());
        co_return false;
      }
      const SteadyTime now = state_->clock.steady();
      const bool begun = parser_.has_bytes();
      if (!begun && state_->draining) co_return false;
      if (begun && head_until == SteadyTime::max()) head_until = now + state_->settings.head_time;
      limit_.until = begun ? head_until : now + state_->settings.idle_time;
      if (co_await fill_until()) continue;
      if (limit_.expired && parser_.has_bytes() && !state_->draining) {
        limit_.expired = false;
        co_await refuse({.code = Code::request_timeout,
                         .reason = "http.slow_head",
                         .message = "the request came too slowly"});
      }
      co_return false;
    }
    co_return true;
  }

  void start_request() {
    started_ = finished_ = chunked_ = expects_continue_ = is_head_ = accepts_gzip_ = false;
    body_read_ = 0;
    body_limit_ = 0;
    minor_version_ = 1;
    body_failure_.reset();
    request_id_.clear();
  }

  // Answers once and closes; not a byte more is read as a request.
  Task<void> refuse(Error error) {
    close_after_ = true;
    if (request_id_.empty()) request_id_ = Uuid::ordered(state_->clock.wall()).text();
    is_head_ = false;
    co_await send(state_->on_error(error, request_id_));
    co_await flush();
    co_await linger();
  }

  // Closing with unread bytes would reset the connection and eat the answer.
  Task<void> linger() {
    boost::system::error_code ignored;
    socket_.shutdown(Socket::shutdown_send, ignored);
    std::size_t read = 0;
    limit_.until = state_->clock.steady() + std::chrono::seconds(2);
    while (read < kDrained) {
      piece_.resize(kReadPiece);
      const auto [error, size] =
          co_await socket_.async_read_some(asio::buffer(piece_), asio::as_tuple(use_task));
      if (error) break;
      read += size;
    }
    limit_.until = SteadyTime::max();
  }

  Task<bool> drain_body() {
    std::size_t drained = 0;
    while (!parser_.body_complete()) {
      auto piece = parser_.take_body();
      if (parser_.failure()) co_return false;
      if (piece) drained += piece->size();
      if (expects_continue_ || drained > kDrained || close_after_) {
        close_after_ = true;
        if (co_await flush()) co_await linger();
        co_return false;
      }
      if (!piece && !parser_.body_complete() && !co_await fill(state_->settings.body_time))
        co_return false;
    }
    co_return true;
  }

  Task<void> answer() {
    RequestHead& head = parser_.head();
    Request& request = request_;
    request.verb = head.verb;
    // Swapped, so that both keep their memory from one request to the next.
    std::swap(request.path, head.path);
    std::swap(request.query, head.query);
    std::swap(request.headers, head.headers);
    request.keep_alive = head.keep_alive;
    request.minor_version = minor_version_ = head.minor_version;
    request.peer = peer_;
    request.body = this;
    is_head_ = head.verb == Verb::head;
    expects_continue_ = head.expects_continue;
    accepts_gzip_ = request.headers.lists("Accept-Encoding", "gzip");
    const std::string_view id = request.headers.get("X-Request-Id");
    request_id_ = is_request_id(id) ? std::string(id) : Uuid::ordered(state_->clock.wall()).text();
    request.request_id = request_id_;
    if (head.is_asterisk) {
      co_await send({.status = 204});
      co_return;
    }
    state_->router->find(request.verb, request.path, match_);
    const Router::Match& match = match_;
    if (match.route == nullptr) {
      co_await answer_without_route(request, match);
      co_return;
    }
    std::swap(request.parameters, match_.parameters);
    body_limit_ = match.route->options.body_limit;
    if (head.content_length && *head.content_length > body_limit_) {
      co_await refuse(too_large().error());
      broken_ = true;
      co_return;
    }
    co_await handle(*match.route, request);
  }

  Task<void> answer_without_route(const Request& request, const Router::Match& match) {
    if (match.allow.empty()) {
      co_await send(state_->on_error({.code = Code::not_found,
                                      .reason = "not_found.route",
                                      .message = "there is nothing at this path"},
                                     request_id_));
      co_return;
    }
    Response response = request.verb == Verb::options
                            ? Response{.status = 204}
                            : state_->on_error({.code = Code::method_not_allowed,
                                                .reason = "method",
                                                .message = "this method is not allowed here"},
                                               request_id_);
    response.headers.set("Allow", match.allow);
    co_await send(std::move(response));
  }

  Task<void> handle(const Route& route, Request& request) {
    std::optional<Error> error;
    try {
      co_await route.handler(request, *this);
    } catch (const boost::system::system_error& thrown) {
      if (thrown.code() == asio::error::operation_aborted) {
        broken_ = true;
        co_return;
      }
      error = Error{.message = "something went wrong on our side", .detail = thrown.what()};
    } catch (const std::exception& thrown) {
      error = Error{.message = "something went wrong on our side", .detail = thrown.what()};
    }
    if (error)
      log::error("a handler threw", {{"request_id", request_id_}, {"what", error->detail}});
    if (started_ && !finished_) {
      broken_ = true;  // a stream that stops short must not look whole
      co_return;
    }
    if (started_) co_return;
    if (parser_.failure() || body_failure_) {
      co_await refuse(parser_.failure() ? *parser_.failure() : *body_failure_);
      co_return;
    }
    if (!error)
      error = Error{.message = "something went wrong on our side",
                    .detail = "a handler gave no answer"};
    co_await send(state_->on_error(*error, request_id_));
  }

  void write_head(int status, const Headers& headers, std::optional<std::uint64_t> length) {
    out_ += fmt::format("HTTP/1.1 {} {}\r\nDate: {}\r\nX-Request-Id: {}\r\n", status,
                        reason_phrase(status), date(), request_id_);
    for (const auto& [name, value] : headers) {
      if (is_safe_field(name) && is_safe_field(value))
        out_ += fmt::format("{}: {}\r\n", name, value);
    }
    if (length) out_ += fmt::format("Content-Length: {}\r\n", *length);
    if (close_after_) {
      out_ += "Connection: close\r\n";
    } else if (minor_version_ == 0) {
      out_ += "Connection: keep-alive\r\n";
    }
    out_ += "\r\n";
  }

  // Made once a second a thread.
  const std::string& date() const {
    thread_local std::string text;
    thread_local std::int64_t second = 0;
    const UnixMillis now = state_->clock.wall();
    const std::int64_t current = now.time_since_epoch().count() / 1000;
    if (current != second) {
      text = http_date(now);
      second = current;
    }
    return text;
  }

  const std::shared_ptr<Server::State> state_;
  Stream& stream_;
  Socket& socket_;
  Sweeper& sweeper_;
  std::list<TimeLimit*>::iterator place_;
  TimeLimit limit_;
  RequestParser parser_;
  std::string piece_;
  std::string out_;
  Request request_;
  Router::Match match_;
  std::string peer_;
  std::string request_id_;
  std::optional<Error> body_failure_;
  std::size_t body_limit_ = 0;
  std::size_t body_read_ = 0;
  int minor_version_ = 1;
  bool started_ = false;
  bool finished_ = false;
  bool chunked_ = false;
  bool is_head_ = false;
  bool expects_continue_ = false;
  bool accepts_gzip_ = false;
  bool close_after_ = false;
  bool broken_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace

Task<void> serve_connection(std::shared_ptr<Server::State> state, Socket socket, std::size_t loop) {
  if (state->tls == nullptr) {
    Connection<Socket> connection(state, socket, socket, loop);
    co_await connection.run();
    co_return;
  }
  asio::ssl::stream<Socket&> stream(socket, *state->tls);
  Connection<asio::ssl::stream<Socket&>> connection(state, stream, socket, loop);
  const auto [error] =
      co_await stream.async_handshake(asio::ssl::stream_base::server, asio::as_tuple(use_task));
  if (!error) co_await connection.run();
}

}  // namespace tg::net
