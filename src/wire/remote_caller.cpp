#include "wire/remote_caller.hpp"

#include <charconv>

#include <fmt/core.h>

#include "runtime/trace.hpp"
#include "wire/errors.hpp"
#include "wire/events.hpp"
#include "wire/form.hpp"
#include "wire/verbs.hpp"

namespace tg::wire {
namespace {

// The other process's deadline ends earlier than ours, so that its own error arrives in time.
constexpr std::chrono::milliseconds kHop{5};
constexpr std::size_t kBodyLimit = 64 << 20;
constexpr std::chrono::seconds kFileSilence{60};

SteadyTime now() {
  return std::chrono::steady_clock::now();
}

class ResponseBytes final : public api::ByteSource {
 public:
  explicit ResponseBytes(std::unique_ptr<net::ClientResponse> response)
      : response_(std::move(response)) {}
  Task<Result<std::optional<std::string>>> read() override {
    co_return co_await response_->read(now() + kFileSilence);
  }

 private:
  std::unique_ptr<net::ClientResponse> response_;
};

api::FileReply file_of(std::unique_ptr<net::ClientResponse> response) {
  const net::Headers& headers = response->headers();
  api::FileReply file{.filename = attachment_name(headers.get("Content-Disposition")),
                      .content_type = std::string(headers.get("Content-Type"))};
  const std::string_view length = headers.get("Content-Length");
  std::uint64_t size = 0;
  if (std::from_chars(length.data(), length.data() + length.size(), size).ec == std::errc())
    file.size = size;
  file.bytes = std::make_shared<ResponseBytes>(std::move(response));
  return file;
}

}  // namespace

RemoteCaller::RemoteCaller(RemoteSettings settings, std::shared_ptr<net::Client> client,
                           std::shared_ptr<Credentials> credentials)
    : settings_(std::move(settings)),
      client_(std::move(client)),
      credentials_(std::move(credentials)) {}

std::unexpected<Error> RemoteCaller::malformed(std::string detail) const {
  return std::unexpected(malformed_response(settings_.service, std::move(detail)));
}

std::unexpected<Error> RemoteCaller::late(std::string detail) const {
  return fail(Code::gateway_timeout, fmt::format("deadline.{}", settings_.service),
              fmt::format("the {} service did not answer in time", settings_.service),
              std::move(detail));
}

std::unexpected<Error> RemoteCaller::not_reached(const Error& error) const {
  const std::string detail = fmt::format("{} ({})", error.message, error.detail);
  if (error.code == Code::gateway_timeout) return late(detail);
  if (error.code != Code::unavailable) return malformed(detail);
  const bool is_busy = error.reason == "upstream.busy";
  auto failed = unavailable(settings_.service, detail);
  failed.error().message =
      fmt::format("the {} service is {}", settings_.service, is_busy ? "busy" : "not reachable");
  return failed;
}

Task<Result<std::unique_ptr<net::ClientResponse>>> RemoteCaller::open(const api::Spec* spec,
                                                                      api::Call call, Limits limits,
                                                                      Outgoing outgoing) {
  net::ClientRequest request{.verb = verb_of(spec->method),
                             .url = settings_.url + outgoing.path,
                             .deadline = limits.head,
                             .repeatable = spec->repeatable};
  if (!outgoing.query.empty()) request.url += '?' + outgoing.query;
  request.headers.add("Accept-Encoding", "identity");
  request.headers.add("X-Request-Id", call.request_id);
  const Trace trace = Trace::receive(call.traceparent, call.tracestate);
  request.headers.add("traceparent", trace.traceparent());
  if (!trace.state.empty()) request.headers.add("tracestate", trace.state);
  if (limits.call != SteadyTime::max()) {
    const auto left = std::chrono::floor<std::chrono::milliseconds>(limits.call - now()) - kHop;
    if (left.count() <= 0) co_return late("before the request was sent");
    request.headers.add("X-Deadline-Ms", std::to_string(left.count()));
  }
  if (credentials_ != nullptr) credentials_->sign(call, request.headers);
  std::optional<FormBody> form;
  if (outgoing.upload) {
    form.emplace(form_of(outgoing.body), outgoing.upload_field, *std::move(outgoing.upload));
    request.headers.add("Content-Type", form->content_type());
    request.stream = &*form;
  } else if (outgoing.has_body) {
    request.headers.add("Content-Type", "application/json");
    request.body = json::to_text(outgoing.body);
  }
  auto response = co_await client_->open(std::move(request));
  if (response) co_return response;
  if (form && form->source_failure()) co_return std::unexpected(*form->source_failure());
  co_return not_reached(response.error());
}

Task<Result<std::string>> RemoteCaller::read_body(net::ClientResponse* response,
                                                  SteadyTime until) const {
  std::string body;
  while (true) {
    auto piece = co_await response->read(until);
    if (!piece) {
      if (piece.error().code == Code::gateway_timeout) co_return late(piece.error().message);
      co_return malformed(piece.error().message);
    }
    if (!*piece) co_return body;
    body += **piece;
    if (body.size() > kBodyLimit) co_return malformed("the response is too large");
  }
}

Task<Result<Reply>> RemoteCaller::exchange(const api::Spec* spec, ReplyKind kind, api::Call call,
                                           Outgoing outgoing) {
  Limits limits{.call = call.deadline, .head = call.deadline};
  if (spec->deadline.count() > 0) {
    limits.call = limits.head = std::min(call.deadline, now() + spec->deadline);
  } else {
    limits.head = std::min(call.deadline, now() + settings_.head_time);
  }
  TG_CO_TRY(auto response, co_await open(spec, std::move(call), limits, std::move(outgoing)));
  Reply reply{.status = response->status(), .headers = response->headers()};
  const bool is_success = reply.status / 100 == 2;
  const bool is_stream = reply.headers.get("Content-Type").starts_with("text/event-stream");
  if (kind == ReplyKind::body_or_events) kind = is_stream ? ReplyKind::events : ReplyKind::body;
  if (!is_success || kind == ReplyKind::body) {
    TG_CO_TRY(reply.body, co_await read_body(response.get(), limits.head));
  }
  if (!is_success) {
    co_return std::unexpected(error_of(reply.status, reply.body, reply.headers, settings_.service));
  }
  if (kind == ReplyKind::body) co_return reply;
  if (const auto counted = response->as_stream(); !counted) co_return not_reached(counted.error());
  if (kind == ReplyKind::file) reply.file = file_of(std::move(response));
  if (kind == ReplyKind::events) {
    if (!is_stream) co_return malformed("not an event stream");
    reply.events = read_events(std::move(response), settings_.service);
  }
  co_return reply;
}

}  // namespace tg::wire
