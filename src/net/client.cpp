#include "net/client.hpp"

#include <array>

#include <fmt/core.h>

#include "base/text.hpp"
#include "net/client_response.hpp"
#include "net/head_syntax.hpp"

namespace tg::net {
namespace {

using text::equals_ignoring_ascii_case;

constexpr int kMostRedirects = 3;
constexpr std::size_t kDiscarded = 64
                                   << 10;  // bytes of a redirect's body read to keep the connection

// Written by the client itself.
constexpr std::array<std::string_view, 5> kOurs{"Host", "Content-Length", "Transfer-Encoding",
                                                "Connection", "Expect"};
// May be sent to another origin.
constexpr std::array<std::string_view, 5> kHarmless{"Accept", "Accept-Language", "Accept-Encoding",
                                                    "Content-Type", "User-Agent"};

template <std::size_t Size>
bool is_one_of(const std::array<std::string_view, Size>& names, std::string_view name) {
  return std::ranges::any_of(
      names, [name](std::string_view one) { return equals_ignoring_ascii_case(one, name); });
}

bool is_repeatable(const ClientRequest& request) {
  const bool is_safe =
      request.verb == Verb::get || request.verb == Verb::head || request.verb == Verb::options;
  return request.stream == nullptr && (request.repeatable || is_safe);
}

Result<std::string> head_of(const ClientRequest& request, const Url& url,
                            const ClientSettings& settings) {
  std::string head = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\n", verb_word(request.verb),
                                 url.target, url.host_and_port());
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || !is_field_value(value))
      return invalid("headers", "must have names and values without control characters");
    if (!is_one_of(kOurs, name)) head.append(name).append(": ").append(value).append("\r\n");
  }
  if (!request.headers.has("User-Agent") && !settings.user_agent.empty())
    head += fmt::format("User-Agent: {}\r\n", settings.user_agent);
  if (!request.headers.has("Accept-Encoding")) head += "Accept-Encoding: gzip\r\n";
  const bool has_body = request.verb == Verb::post || request.verb == Verb::put ||
                        request.verb == Verb::patch || !request.body.empty();
  if (request.stream != nullptr) {
    head += "Transfer-Encoding: chunked\r\n";
  } else if (has_body) {
    head += fmt::format("Content-Length: {}\r\n", request.body.size());
  }
  return head + "\r\n";
}

// False: the server refused the request before it was complete. A successful response may begin
// earlier, too; its body is read after the request was sent (so what a server sends before that
// should fit into the socket buffers).
Task<Result<bool>> send_stream(ClientConnection* connection, BodyReader* body,
                               SteadyTime deadline) {
  const ResponseParser& parser = connection->parser;
  while (true) {
    TG_CO_TRY(const auto piece, co_await body->read());
    if (!parser.has_head() && connection->has_answer())
      TG_CO_TRY_VOID(co_await connection->read(deadline));
    if (parser.has_head() && parser.status() >= 300) co_return false;
    if (!piece) break;
    if (piece->empty()) continue;
    TG_CO_TRY_VOID(
        co_await connection->write(fmt::format("{:x}\r\n{}\r\n", piece->size(), *piece), deadline));
  }
  TG_CO_TRY_VOID(co_await connection->write("0\r\n\r\n", deadline));
  co_return true;
}

// Sends the request and reads the response head. True: the connection may be reused.
Task<Result<bool>> exchange(ClientConnection* connection, const ClientRequest* request,
                            std::string head) {
  connection->parser.start(request->verb == Verb::head);
  if (request->stream == nullptr) head += request->body;
  Result<void> sent = co_await connection->write(std::move(head), request->deadline);
  bool is_whole = sent.has_value();
  if (sent && request->stream != nullptr) {
    const auto streamed = co_await send_stream(connection, request->stream, request->deadline);
    is_whole = streamed && *streamed;
    if (!streamed) sent = std::unexpected(streamed.error());
  }
  // A server may refuse before it has read everything: use its response.
  if (!sent && sent.error().code != Code::unavailable) co_return std::unexpected(sent.error());
  while (!connection->parser.has_head())
    TG_CO_TRY_VOID(co_await connection->read(request->deadline));
  co_return is_whole;
}

using Opened = Result<std::unique_ptr<ClientResponse>>;

// One request without redirects.
Task<Opened> open_once(std::shared_ptr<ClientPool> pool, const ClientRequest* request, Url url) {
  TG_CO_TRY(const std::string head, head_of(*request, url, pool->settings));
  TG_CO_TRY(ClientPool::Permit place,
            co_await ClientPool::enter(
                pool, url.origin(),
                request->stream == nullptr ? ClientPool::Kind::request : ClientPool::Kind::stream,
                request->deadline));
  const Executor executor = co_await asio::this_coro::executor;
  auto connection = place.take(executor);
  const bool is_pooled = connection != nullptr;
  if (is_pooled) {
    const auto done = co_await exchange(connection.get(), request, head);
    if (done)
      co_return std::make_unique<StreamedResponse>(std::move(place), std::move(connection), *done);
    // The server may have closed it while the request was sent: retry once on a new connection.
    const bool is_stale = done.error().code == Code::unavailable && !connection->parser.has_bytes();
    if (!is_stale || !is_repeatable(*request)) co_return std::unexpected(done.error());
  }
  connection = std::make_unique<ClientConnection>(executor);
  TG_CO_TRY_VOID(co_await connection->connect(url, pool, request->deadline));
  TG_CO_TRY(const bool can_be_reused, co_await exchange(connection.get(), request, head));
  co_return std::make_unique<StreamedResponse>(std::move(place), std::move(connection),
                                               can_be_reused);
}

// Reads the body of a redirect, so that its connection can be reused.
Task<void> discard(ClientResponse* response, SteadyTime deadline) {
  std::size_t size = 0;
  while (size < kDiscarded) {
    const auto piece = co_await response->read(deadline);
    if (!piece || !*piece) co_return;
    size += (*piece)->size();
  }
}

// Whether the response is a redirect that can be followed.
bool is_redirect(const ClientRequest& request, const ClientResponse& response) {
  const int status = response.status();
  const bool keeps_body = status == 307 || status == 308;
  return (status == 301 || status == 302 || status == 303 || keeps_body) &&
         response.headers().has("Location") && !(keeps_body && request.stream != nullptr);
}

// Changes the request into the one that the redirect asks for.
Result<Url> redirect(ClientRequest& request, const Url& from, const ClientResponse& response) {
  const auto to = resolve_url(from, response.headers().get("Location"));
  if (!to || (from.scheme == "https" && to->scheme != "https"))
    return fail(Code::bad_gateway, "upstream.redirect",
                "the server redirected to a disallowed address");
  const bool keeps_body = response.status() == 307 || response.status() == 308;
  if (!keeps_body && request.verb != Verb::head) {
    request.verb = Verb::get;
    request.body.clear();
    request.stream = nullptr;
    request.headers.remove("Content-Type");
  }
  if (to->origin() != from.origin())
    request.headers.remove_if([](std::string_view name) { return !is_one_of(kHarmless, name); });
  return *to;
}

}  // namespace

Client::Client(ClientSettings settings)
    : pool_(std::make_shared<ClientPool>(std::move(settings))) {}

Client::~Client() = default;

void Client::close_idle() {
  pool_->close_idle();
}

Task<Opened> Client::open(ClientRequest request) {
  const auto pool = pool_;
  TG_CO_TRY(Url url, parse_url(request.url));
  for (int left = std::min(request.redirects, kMostRedirects);; --left) {
    TG_CO_TRY(auto response, co_await open_once(pool, &request, url));
    if (request.redirects == 0 || !is_redirect(request, *response)) co_return response;
    if (left == 0) co_return fail(Code::bad_gateway, "upstream.redirects", "too many redirects");
    TG_CO_TRY(url, redirect(request, url, *response));
    co_await discard(response.get(), request.deadline);
  }
}

Task<Result<Response>> Client::send(ClientRequest request) {
  const SteadyTime deadline = request.deadline;
  const std::size_t limit = pool_->settings.body_limit;
  TG_CO_TRY(const auto opened, co_await open(std::move(request)));
  Response response{.status = opened->status(), .headers = opened->headers()};
  while (true) {
    TG_CO_TRY(const auto piece, co_await opened->read(deadline));
    if (!piece) co_return response;
    if (response.body.size() + piece->size() > limit)
      co_return fail(Code::bad_gateway, "upstream.too_large", "the server's response is too large");
    response.body += *piece;
  }
}

}  // namespace tg::net
