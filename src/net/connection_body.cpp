#include <fmt/core.h>

#include "net/connection.hpp"

namespace tg::net {

Task<Result<std::optional<std::string>>> Connection::read() {
  if (now_.finished && !parser_.body_complete()) co_return internal("a body was read after send()");
  if (std::exchange(now_.expects_continue, false) && !now_.started) {
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
    if (!co_await flush())
      co_return fail(Code::request_timeout, "http.gone", "the client disconnected");
  }
  while (true) {
    auto piece = parser_.take_body();
    if (parser_.failure()) co_return std::unexpected(*parser_.failure());
    if (piece) {
      now_.body_read += piece->size();
      if (now_.body_read > now_.body_limit) co_return too_large();
      co_return piece;
    }
    if (parser_.body_complete()) {
      watch();
      co_return std::optional<std::string>();
    }
    if (co_await fill_body()) continue;
    // A slow client can still be answered, one that is gone cannot.
    broken_ = !stream_.take_expired();
    close_after_ = true;
    now_.body_failure = Error{.code = Code::request_timeout,
                              .reason = "http.slow_body",
                              .message = "the request body was not received completely in time"};
    co_return std::unexpected(*now_.body_failure);
  }
}

// Two limits: between two pieces, and for the average rate. Each byte received extends the total
// time, on top of the grace period of every body.
Task<bool> Connection::fill_body() {
  const ServerSettings& settings = state_->settings;
  std::chrono::nanoseconds at_most = settings.body_time;
  if (settings.body_bytes_per_second > 0) {
    const std::chrono::milliseconds earned(now_.body_read * 1000 / settings.body_bytes_per_second);
    at_most = std::min<std::chrono::nanoseconds>(at_most,
                                                 settings.body_grace + earned - now_.body_waited);
  }
  const SteadyTime before = state_->clock.steady();
  const bool came = co_await fill(before + at_most);
  now_.body_waited += state_->clock.steady() - before;
  co_return came;
}

// Discards what was received of the body. True if that was all of it.
bool Connection::skip_buffered_body() {
  while (parser_.take_body()) {
  }
  return parser_.body_complete() && !parser_.failure();
}

std::unexpected<Error> Connection::too_large() {
  close_after_ = true;
  now_.body_failure =
      Error{.code = Code::payload_too_large,
            .reason = "too_large.body",
            .message = fmt::format("the body exceeds the limit of {} bytes", now_.body_limit)};
  return std::unexpected(*now_.body_failure);
}

}  // namespace tg::net
