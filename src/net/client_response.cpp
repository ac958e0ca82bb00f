#include "net/client_response.hpp"

#include <boost/asio/post.hpp>

namespace tg::net {
namespace {

constexpr std::size_t kPiece = 64 << 10;
constexpr int kPiecesAtOnce = 4;

}  // namespace

StreamedResponse::StreamedResponse(ClientPool::Permit place,
                                   std::unique_ptr<ClientConnection> connection, bool can_be_reused)
    : place_(std::move(place)),
      connection_(std::move(connection)),
      status_(connection_->parser.status()),
      headers_(std::move(connection_->parser.headers())),
      can_be_reused_(can_be_reused) {
  if (!headers_.lists("Content-Encoding", "gzip")) return;
  gunzip_ = std::make_unique<Gunzip>();
  headers_.remove("Content-Encoding");
  headers_.remove("Content-Length");
}

StreamedResponse::~StreamedResponse() {
  if (can_be_reused_ && connection_->parser.can_be_reused()) place_.keep(std::move(connection_));
}

Result<void> StreamedResponse::as_stream() {
  if (place_.become_stream()) return {};
  return fail(Code::unavailable, "upstream.busy", "too many streams of that server are open");
}

// The next piece that was already received; nullopt: none.
Result<std::optional<std::string>> StreamedResponse::next_piece() {
  if (gunzip_ == nullptr) {
    std::string piece = connection_->parser.take_body();
    return piece.empty() ? std::nullopt : std::optional(std::move(piece));
  }
  while (true) {
    if (rest_.empty()) {
      compressed_ = connection_->parser.take_body();
      rest_ = compressed_;
    }
    std::string piece;
    const std::size_t before = rest_.size();
    if (!gunzip_->take(rest_, piece, kPiece))
      return fail(Code::bad_gateway, "upstream.malformed", "the response's gzip data is corrupt");
    if (!piece.empty()) return piece;
    if (rest_.size() == before) return std::nullopt;
  }
}

Task<Result<std::optional<std::string>>> StreamedResponse::read(SteadyTime deadline) {
  const ResponseParser& parser = connection_->parser;
  while (true) {
    TG_CO_TRY(auto piece, next_piece());
    if (piece) {
      // A highly compressed body must not block the loop.
      if (++at_once_ % kPiecesAtOnce == 0) co_await asio::post(connection_->executor(), use_task);
      co_return piece;
    }
    if (parser.failure()) co_return std::unexpected(*parser.failure());
    if (parser.complete()) {
      if (gunzip_ && !gunzip_->is_whole())
        co_return fail(Code::bad_gateway, "upstream.malformed",
                       "the response's gzip data is truncated");
      co_return std::optional<std::string>();
    }
    at_once_ = 0;
    TG_CO_TRY_VOID(co_await connection_->read(deadline));
  }
}

}  // namespace tg::net
