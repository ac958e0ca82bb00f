#include <array>
#include <charconv>

#include <boost/asio/post.hpp>

#include "net/connection.hpp"
#include "net/response_head.hpp"

namespace tg::net {
namespace {

constexpr std::size_t kCompressedAtOnce = 32
                                          << 10;  // then other connections of the loop get a turn

std::unexpected<Error> gone() {
  return fail(Code::request_timeout, "http.gone", "the client disconnected");
}

}  // namespace

Task<Result<void>> Connection::send(Response response) {
  if (now_.started) co_return internal("a response was already begun");
  now_.started = now_.finished = true;
  // An unread request body: what was received is discarded, a remainder ends the connection.
  if (!skip_buffered_body()) close_after_ = true;
  const bool is_compressible_body = response.body.size() >= state_->settings.gzip_from &&
                                    is_compressible(response.headers.get("Content-Type")) &&
                                    !response.headers.has("Content-Encoding");
  if (is_compressible_body) response.headers.add("Vary", "Accept-Encoding");
  if (is_compressible_body && now_.accepts_gzip) {
    now_.gzip = std::make_unique<Gzip>();
    response.body = co_await compressed(std::move(response.body), Gzip::End::finish);
    response.headers.add("Content-Encoding", "gzip");
  }
  const bool has_no_body = response.status == 204 || response.status == 304;
  write_head(response.status, response.headers,
             has_no_body ? std::nullopt : std::optional<std::uint64_t>(response.body.size()));
  if (!now_.is_head && !has_no_body) out_ += response.body;
  co_return Result<void>();
}

Task<Result<void>> Connection::begin(int status, Headers headers,
                                     std::optional<std::uint64_t> length) {
  if (now_.started) co_return internal("a response was already begun");
  now_.started = true;
  if ((!length || *length >= state_->settings.gzip_from) &&
      is_compressible(headers.get("Content-Type")) && !headers.has("Content-Encoding")) {
    headers.add("Vary", "Accept-Encoding");
    if (now_.accepts_gzip) {
      now_.gzip = std::make_unique<Gzip>();
      headers.add("Content-Encoding", "gzip");
      length.reset();
    }
  }
  now_.is_chunked = !length && now_.minor_version == 1;
  if (!length && !now_.is_chunked) close_after_ = true;
  write_head(status, headers, length);
  co_return co_await flush() ? Result<void>() : gone();
}

Task<Result<void>> Connection::write(std::string piece) {
  if (!now_.started || now_.finished) co_return internal("no response was begun");
  if (piece.empty() || now_.is_head) co_return Result<void>();
  if (now_.gzip) piece = co_await compressed(std::move(piece), Gzip::End::flush);
  append_piece(piece);
  co_return co_await flush() ? Result<void>() : gone();
}

Task<Result<void>> Connection::finish() {
  if (!now_.started || now_.finished) co_return internal("no response was begun");
  now_.finished = true;
  if (!now_.is_head) {
    if (now_.gzip) append_piece(co_await compressed({}, Gzip::End::finish));
    if (now_.is_chunked) out_ += "0\r\n\r\n";
  }
  co_return co_await flush() ? Result<void>() : gone();
}

void Connection::append_piece(std::string_view piece) {
  if (!now_.is_chunked) {
    out_ += piece;
    return;
  }
  std::array<char, 16> size;
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  out_.append(size.data(), end).append("\r\n").append(piece).append("\r\n");
}

Task<std::string> Connection::compressed(std::string text, Gzip::End end) {
  std::string out;
  std::string_view rest = text;
  while (rest.size() > kCompressedAtOnce) {
    now_.gzip->add(rest.substr(0, kCompressedAtOnce), Gzip::End::none, out);
    rest.remove_prefix(kCompressedAtOnce);
    co_await asio::post(stream_.executor(), use_task);
  }
  now_.gzip->add(rest, end, out);
  co_return out;
}

void Connection::write_head(int status, const Headers& headers,
                            std::optional<std::uint64_t> length) {
  close_after_ = close_after_ || state_->draining;
  append_response_head(out_, status, headers,
                       {.length = length,
                        .is_chunked = now_.is_chunked,
                        .closes = close_after_,
                        .minor_version = now_.minor_version},
                       request_id_, state_->clock.wall(),
                       {&answer_fields_, &state_->settings.always});
}

}  // namespace tg::net
