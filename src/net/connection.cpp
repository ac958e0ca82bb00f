#include "net/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/ids.hpp"
#include "net/response_head.hpp"
#include "runtime/log.hpp"

namespace tg::net {
namespace {

constexpr std::size_t kLeastRead = 8 << 10;  // the buffer of an idle connection
constexpr std::size_t kMostRead = 64 << 10;
constexpr std::size_t kReadAhead = 64 << 10;  // while a response is streamed
// Responses to pipelined requests gathered into one write; after that the client must read.
constexpr std::size_t kGatheredAnswers = 16;
constexpr std::size_t kGatheredBytes = 64 << 10;
constexpr std::size_t kDrained = 256 << 10;  // of unwanted bytes
constexpr std::chrono::seconds kLingering{2};

bool is_end_of_input(const boost::system::error_code& error) {
  return error == asio::error::eof || error == asio::ssl::error::stream_truncated;
}

}  // namespace

Connection::Connection(std::shared_ptr<Server::State> state, Socket socket, std::size_t loop,
                       ConnectionLimits::Permit place)
    : state_(std::move(state)),
      loop_(*state_->parts[loop]),
      place_(std::move(place)),
      position_(loop_.connections.insert(loop_.connections.end(), this)),
      stream_(std::move(socket), state_->tls.get(), loop_.wheel, state_->clock),
      parser_(state_->settings.limits),
      sent_(stream_.executor(), SteadyTime::max()),
      read_size_(kLeastRead) {
  request_.peer = stream_.peer();
  request_.body = this;
  request_.answer = &answer_fields_;
}

Connection::~Connection() {
  loop_.connections.erase(position_);
}

Task<void> Connection::run() {
  if (!co_await stream_.handshake(state_->clock.steady() + state_->settings.head_time)) co_return;
  while (co_await serve_one()) {
  }
  co_await end();
}

// False: the connection serves no further request.
Task<bool> Connection::serve_one() {
  now_ = {};
  request_id_.clear();
  answer_fields_.clear();
  if (!co_await next_head()) co_return false;
  ++served_;
  close_after_ = !parser_.head().keep_alive || state_->draining ||
                 served_ == state_->settings.requests_per_connection;
  co_await answer();
  co_await stop_watching();
  if (broken_ || close_after_ || !skip_buffered_body()) co_return false;
  parser_.next_request();
  ++answers_in_out_;
  const bool has_room = out_.size() < kGatheredBytes && answers_in_out_ < kGatheredAnswers;
  if (!has_room || !parser_.has_whole_head()) co_return co_await flush();
  flush_soon();
  co_return true;
}

// False: the connection ends here. A failure has been answered.
Task<bool> Connection::next_head() {
  SteadyTime head_until = SteadyTime::max();
  while (!parser_.next_head()) {
    if (parser_.failure()) {
      co_await refuse(*parser_.failure());
      co_return false;
    }
    const SteadyTime now = state_->clock.steady();
    waiting_ = !parser_.has_bytes();
    if (waiting_ && state_->draining && !stream_.has_unread()) co_return false;
    if (waiting_) parser_.release_memory();
    if (!waiting_ && head_until == SteadyTime::max()) head_until = now + state_->settings.head_time;
    const bool came = co_await fill(waiting_ ? now + state_->settings.idle_time : head_until);
    waiting_ = false;
    if (came) continue;
    if (stream_.take_expired() && parser_.has_bytes()) {
      co_await refuse({.code = Code::request_timeout,
                       .reason = "http.slow_head",
                       .message = "the request headers were not received in time"});
    }
    co_return false;
  }
  co_return true;
}

Task<void> Connection::answer() {
  RequestHead& head = parser_.head();
  // Swapped, so that both keep their buffers across requests.
  std::swap(request_.path, head.path);
  std::swap(request_.query, head.query);
  std::swap(request_.headers, head.headers);
  request_.verb = head.verb;
  request_.keep_alive = head.keep_alive;
  request_.minor_version = now_.minor_version = head.minor_version;
  request_.parameters.clear();
  now_.is_head = head.verb == Verb::head;
  now_.expects_continue = head.expects_continue;
  now_.accepts_gzip = request_.headers.lists("Accept-Encoding", "gzip");
  const std::string_view id = request_.headers.get("X-Request-Id");
  request_id_ = is_request_id(id) ? std::string(id) : Uuid::ordered(state_->clock.wall()).text();
  request_.request_id = request_id_;
  if (head.is_asterisk) {
    co_await send({.status = 204});
    co_return;
  }
  if (state_->settings.request_filter) {
    if (auto response = state_->settings.request_filter(request_)) {
      co_await send(*std::move(response));
      co_return;
    }
  }
  state_->router->find(request_.verb, request_.path, match_);
  if (match_.route == nullptr) co_return co_await answer_without_route();
  std::swap(request_.parameters, match_.parameters);
  now_.body_limit = match_.route->options.body_limit;
  if (head.content_length && *head.content_length > now_.body_limit) {
    co_await refuse(too_large().error());
    co_return;
  }
  co_await handle(match_.route);
}

Task<void> Connection::answer_without_route() {
  if (match_.allow.empty()) {
    co_await send(error_response(
        {.code = Code::not_found, .reason = "not_found.route", .message = "no such path"},
        request_.headers.get("Accept")));
    co_return;
  }
  Response response{.status = 204};
  if (request_.verb != Verb::options) {
    response = error_response({.code = Code::method_not_allowed,
                               .reason = "method",
                               .message = "method not allowed for this path"},
                              request_.headers.get("Accept"));
  }
  response.headers.set("Allow", match_.allow);
  co_await send(std::move(response));
}

Task<void> Connection::handle(const Route* route) {
  std::optional<Error> error;
  try {
    co_await route->handler(&request_, this);
  } catch (const boost::system::system_error& thrown) {
    // Cancelled: the server is stopping, nothing more may be awaited here.
    if (thrown.code() == asio::error::operation_aborted) throw;
    error = internal(thrown.what()).error();
  } catch (const std::exception& thrown) {
    error = internal(thrown.what()).error();
  }
  if (error) log::error("a handler threw", {{"request_id", request_id_}, {"what", error->detail}});
  if (now_.started) {
    broken_ = broken_ || !now_.finished;  // a truncated stream must not look complete
    co_return;
  }
  if (broken_) co_return;
  if (parser_.failure()) {
    error = parser_.failure();
  } else if (now_.body_failure) {
    error = now_.body_failure;
  } else if (!error) {
    error = internal("a handler sent no response").error();
  }
  co_await refuse(*std::move(error));
}

// Sends an error and closes the connection; no further byte is parsed as a request.
Task<void> Connection::refuse(Error error) {
  close_after_ = true;
  std::string accept;
  if (request_id_.empty()) {
    // No head was read: request_ still holds the previous one.
    request_id_ = Uuid::ordered(state_->clock.wall()).text();
  } else {
    accept = request_.headers.get("Accept");
  }
  co_await send(error_response(error, accept));
}

Response Connection::error_response(const Error& error, std::string_view accept) {
  Response response = state_->on_error(error, request_id_, accept);
  if (state_->settings.on_refused) state_->settings.on_refused(error, response.status, request_id_);
  return response;
}

Task<void> Connection::end() {
  if (!broken_ && co_await flush()) {
    const bool is_unread = parser_.awaits_body() || parser_.failure() || parser_.has_bytes();
    if (is_unread || stream_.has_unread())
      co_await linger();
    else
      co_await stream_.finish_sending(state_->clock.steady() + kLingering);
  }
  close();
}

// Closing with unread bytes would reset the connection, and the client might lose the response.
Task<void> Connection::linger() {
  const SteadyTime until = state_->clock.steady() + kLingering;
  co_await stream_.finish_sending(until);
  std::size_t drained = 0;
  while (drained < kDrained) {
    const std::size_t size = co_await stream_.read_raw(parser_.prepare(kLeastRead), until);
    if (size == 0) break;
    drained += size;
  }
}

Task<bool> Connection::fill(SteadyTime until) {
  const std::size_t size = co_await stream_.read_some(parser_.prepare(read_size_), until);
  parser_.commit(size);
  if (size == read_size_)
    read_size_ = std::min(2 * read_size_, kMostRead);
  else if (size < kLeastRead)
    read_size_ = kLeastRead;
  co_return size > 0;
}

// One write at a time; what is added meanwhile is sent by the next.
Task<bool> Connection::flush() {
  answers_in_out_ = 0;
  while (!sending_.empty()) co_await sent_.async_wait(asio::as_tuple(use_task));
  if (out_.empty() || broken_) co_return !broken_;
  std::swap(out_, sending_);
  if (!co_await stream_.write_all(sending_, state_->settings.write_time)) broken_ = true;
  if (sending_.capacity() > kGatheredBytes) sending_ = {};
  sending_.clear();
  sent_.cancel();
  co_return !broken_;
}

// A response held back to be sent with the next one must not wait for a slow handler: this runs as
// soon as the connection's coroutine suspends.
void Connection::flush_soon() {
  if (std::exchange(flush_posted_, true)) return;
  asio::post(stream_.executor(), [self = shared_from_this()] {
    self->flush_posted_ = false;
    if (self->out_.empty() || !self->sending_.empty()) return;
    self->state_->connections.spawn(self->stream_.executor(), flush_beside(self));
  });
}

Task<void> Connection::flush_beside(std::shared_ptr<Connection> self) {
  co_await self->flush();
}

void Connection::drain() {
  if (waiting_) stream_.cancel();
}

void Connection::watch_client(std::function<void()> on_gone, GoneWhen when) {
  on_gone_ = std::move(on_gone);
  gone_when_ = when;
  watch();
}

// Reads beside the handler to detect the end of input; any bytes belong to later requests.
void Connection::watch() {
  if (!on_gone_ || watching_ || !parser_.body_complete() || parser_.buffered() > kReadAhead) return;
  watching_ = true;
  stream_.start_read(
      parser_.prepare(kLeastRead),
      [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
        self->watching_ = false;
        if (!error) {
          self->parser_.commit(size);
          self->watch();
        } else if (error != asio::error::operation_aborted &&
                   (self->gone_when_ == GoneWhen::end_of_input || !is_end_of_input(error))) {
          if (const auto gone = std::exchange(self->on_gone_, nullptr)) gone();
        }
      });
}

Task<void> Connection::stop_watching() {
  on_gone_ = nullptr;
  if (!watching_) co_return;
  stream_.cancel_read();
  while (watching_) co_await asio::post(stream_.executor(), use_task);
}

Task<void> serve_connection(std::shared_ptr<Server::State> state, Socket socket, std::size_t loop,
                            ConnectionLimits::Permit place) {
  // Shared with a read that may still be pending when this coroutine is cancelled.
  const auto connection =
      std::make_shared<Connection>(std::move(state), std::move(socket), loop, std::move(place));
  try {
    co_await connection->run();
  } catch (...) {
    connection->close();
    throw;
  }
}

}  // namespace tg::net
