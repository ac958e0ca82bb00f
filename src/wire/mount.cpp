// The path of a request through a mounted row: admission, limits, input, the call, the response.
#include <charconv>
#include <stdexcept>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <fmt/core.h>

#include "base/text.hpp"
#include "net/multipart.hpp"
#include "runtime/log.hpp"
#include "runtime/trace.hpp"
#include "wire/errors.hpp"
#include "wire/events.hpp"
#include "wire/form.hpp"
#include "wire/mounted_row.hpp"
#include "wire/open_streams.hpp"
#include "wire/time_limit.hpp"
#include "wire/verbs.hpp"

namespace tg::wire {
namespace {

using Row = std::shared_ptr<const MountedRow>;

constexpr std::size_t kJsonLimit = 64 << 20;  // of a JSON body, whatever the row allows

const SystemClock kSystemClock;

const Clock& clock_of(const MountedRow& row) {
  return row.options.clock == nullptr ? kSystemClock : *row.options.clock;
}

// The time limit requested by the caller; it can only shorten the row's own.
std::chrono::milliseconds asked_limit(const net::Headers& headers) {
  auto least = std::chrono::milliseconds::max();
  for (const char* name : {"X-Deadline-Ms", "X-Request-Timeout-Ms"}) {
    const std::string_view text = headers.get(name);
    std::int64_t count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc() && end == text.data() + text.size())
      least = std::min(least, std::chrono::milliseconds(std::max<std::int64_t>(count, 0)));
  }
  return least;
}

SteadyTime deadline_of(const MountedRow& row, const net::Headers& headers, SteadyTime now) {
  SteadyTime until = SteadyTime::max();
  if (row.spec->deadline.count() > 0) until = now + row.spec->deadline;
  const auto asked = asked_limit(headers);
  if (asked < std::chrono::hours(24)) until = std::min(until, now + asked);
  return until;
}

std::size_t body_limit(const MountedRow& row) {
  const auto set = row.options.body_limits.find(row.spec->path);
  return set == row.options.body_limits.end() ? row.spec->body_limit : set->second;
}

bool has_body(const net::Headers& headers) {
  const std::string_view length = headers.get("Content-Length");
  return headers.has("Transfer-Encoding") || (!length.empty() && length != "0");
}

bool is_json(std::string_view content_type) {
  const std::string_view type = text::trim(content_type.substr(0, content_type.find(';')));
  return text::equals_ignoring_ascii_case(type, "application/json") || type.ends_with("+json");
}

bool is_form(std::string_view content_type) {
  return text::equals_ignoring_ascii_case(
      text::trim(content_type.substr(0, content_type.find(';'))), "multipart/form-data");
}

// A service in this process that takes files up to this size reads them whole anyway. Larger files,
// and those for another process, are streamed.
constexpr std::size_t kLargestHeldFile = 256 << 20;

std::size_t held_limit(const MountedRow& row) {
  const std::size_t limit = body_limit(row);
  return limit <= kLargestHeldFile && !row.options.is_remote ? limit : kHeldOfAnyFile;
}

// Parsing larger bodies would block a loop for too long.
constexpr std::size_t kLargeBody = 64 << 10;

Task<Result<json::Value>> parse_body(Row row, std::string text) {
  if (row->options.compute == nullptr || text.size() < kLargeBody) co_return json::parse(text);
  co_return co_await row->options.compute->run(
      [text = std::move(text)] { return json::parse(text); });
}

Task<Result<Input>> read_body(Row row, net::Request* request, Input input) {
  const std::string_view type = request->headers.get("Content-Type");
  if (!row->upload_field.empty() && is_form(type)) {
    TG_CO_TRY(std::string boundary, net::multipart_boundary(type));
    TG_CO_TRY(FormStart form,
              co_await read_form(std::move(boundary), request->body, row->upload_field,
                                 held_limit(*row), row->options.upload_memory));
    input.form = std::move(form.form);
    input.upload = std::move(form.upload);
    co_return input;
  }
  if (!is_json(type)) {
    co_return fail(Code::unsupported_media_type, "content_type",
                   row->upload_field.empty()
                       ? "the body must be JSON: send Content-Type: application/json"
                       : "the body must be multipart/form-data or application/json");
  }
  TG_CO_TRY(std::string text,
            co_await net::read_all(request->body, std::min(body_limit(*row), kJsonLimit)));
  if (text.empty()) co_return input;
  auto value = co_await parse_body(row, std::move(text));
  if (!value && value.error().code == Code::validation)
    co_return invalid("body", "must be JSON: " + value.error().message);
  if (!value) co_return std::unexpected(std::move(value).error());
  input.body = *std::move(value);
  co_return input;
}

Task<Result<Input>> read_input(Row row, net::Request* request) {
  Input input;
  for (const auto& [name, value] : request->parameters) input.path.emplace_back(name, value);
  TG_CO_TRY(input.query, net::parse_query(request->query));
  const bool takes_body = std::ranges::any_of(row->fields, [](const Field& field) {
    return field.from == api::From::body || field.from == api::From::upload;
  });
  if (!takes_body || !has_body(request->headers)) co_return input;
  co_return co_await read_body(row, request, std::move(input));
}

Task<Result<api::Call>> make_call(Row row, net::Request* request, Trace trace) {
  const SteadyTime now = clock_of(*row).steady();
  TG_CO_TRY(api::Call call, co_await row->admission->admit(request, row->spec));
  call.request_id = request->request_id;
  call.traceparent = trace.traceparent();
  call.tracestate = std::move(trace.state);
  call.deadline = std::min(call.deadline, deadline_of(*row, request->headers, now));
  if (call.client_address.empty()) call.client_address = request->peer;
  co_return call;
}

// Calls longer than this treat the end of the client's input as a disconnect, since most such
// clients have closed their socket. Shorter calls run to their end, so that a client that only shut
// down its sending side gets its response.
constexpr std::chrono::seconds kLongCall{60};

net::ResponseWriter::GoneWhen gone_when(const api::Spec& spec) {
  using GoneWhen = net::ResponseWriter::GoneWhen;
  return spec.deadline > kLongCall ? GoneWhen::end_of_input : GoneWhen::reset;
}

// The method's reply or error; the only exception that leaves is a cancellation from outside.
Task<Result<Reply>> answer(Row row, net::Request* request, net::ResponseWriter* writer, Trace trace,
                           std::string* user) {
  TG_CO_TRY(api::Call call, co_await make_call(row, request, std::move(trace)));
  *user = call.principal.user_id;
  const TimeLimit limit{.until = call.deadline,
                        .clock = &clock_of(*row),
                        .client = writer,
                        .gone_when = gone_when(*row->spec)};
  TG_CO_TRY(Input input, co_await read_input(row, request));
  if (limit.until <= limit.clock->steady()) co_return deadline_passed();
  try {
    co_return co_await run_limited(row->call(std::move(call), std::move(input)), limit);
  } catch (const boost::system::system_error& thrown) {
    if (thrown.code() == asio::error::operation_aborted) throw;
    co_return internal(thrown.what());
  } catch (const std::exception& thrown) {
    co_return internal(thrown.what());
  }
}

void log_failure(const MountedRow& row, const Error& error, const log::Context& context) {
  if (http_status(error.code) < 500 || error.code == Code::not_implemented) return;
  log::warning("a call failed",
               {{"service", std::string(row.service)},
                {"endpoint", std::string(row.spec->name)},
                {"code", std::string(wire_name(error.code))},
                {"error", error.message},
                {"detail", error.detail}},
               context);
}

Task<bool> write_file(api::FileReply file, net::ResponseWriter* writer, int status) {
  net::Headers headers;
  headers.add("Content-Type", file.content_type);
  headers.add("Content-Disposition", attachment(file.filename));
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("Cache-Control", "no-store");
  if (!co_await writer->begin(status, std::move(headers), file.size)) co_return false;
  while (file.bytes != nullptr) {
    auto piece = co_await file.bytes->read();
    if (!piece) co_return false;  // a truncated file must not look complete
    if (!*piece) break;
    if (!co_await writer->write(**std::move(piece))) co_return false;
  }
  co_return (co_await writer->finish()).has_value();
}

Task<int> write_answer(Row row, Result<Reply> reply, net::Request* request,
                       net::ResponseWriter* writer, std::string traceparent) {
  const Clock& clock = clock_of(*row);
  if (!reply) {
    const Error& error = reply.error();
    log_failure(*row, error, {request->request_id, traceparent});
    co_await writer->send(
        error_response(error, request->request_id, request->headers.get("Accept"), clock.wall()));
    co_return error.reason == kClientGone ? kClientGoneStatus : http_status(error.code);
  }
  if (reply->file) {
    const bool is_whole = co_await write_file(*std::move(reply->file), writer, reply->status);
    co_return is_whole ? reply->status : kClientGoneStatus;
  }
  reply->headers.add("Cache-Control", "no-store");
  if (reply->events) {
    co_await write_events(std::move(reply->events), writer, std::move(reply->headers),
                          {.request_id = request->request_id,
                           .idle_comment = row->options.idle_comment,
                           .clock = &clock});
    co_return reply->status;
  }
  co_await writer->send({.status = reply->status,
                         .headers = std::move(reply->headers),
                         .body = std::move(reply->body)});
  co_return reply->status;
}

// The list may be split over several fields.
std::string trace_state(const net::Request& request) {
  std::string state;
  for (const auto& [name, value] : request.headers) {
    if (!text::equals_ignoring_ascii_case(name, "tracestate") || value.empty()) continue;
    if (!state.empty()) state += ',';
    state += value;
  }
  return state;
}

Error too_many_streams() {
  return {.code = Code::rate_limited,
          .reason = "rate_limited.streams",
          .message = "too many open event streams",
          .retry_after = std::chrono::seconds(5)};
}

Task<void> serve(Row row, std::shared_ptr<OpenStreams> streams, net::Request* request,
                 net::ResponseWriter* writer) {
  const SteadyTime began = clock_of(*row).steady();
  const Trace trace = Trace::receive(request->headers.get("traceparent"), trace_state(*request));
  std::string user;
  auto reply = co_await answer(row, request, writer, trace, &user);
  std::optional<OpenStreams::Permit> permit;
  if (reply && reply->events) {
    if (auto entered = streams->enter(user))
      permit.emplace(*std::move(entered));
    else
      reply = std::unexpected(too_many_streams());
  }
  const int status =
      co_await write_answer(row, std::move(reply), request, writer, trace.traceparent());
  if (row->options.observer != nullptr) {
    row->options.observer->answered(row->service, *row->spec, status,
                                    clock_of(*row).steady() - began);
  }
}

}  // namespace

void mount_row(net::Router& router, MountedRow row) {
  const auto shared = std::make_shared<const MountedRow>(std::move(row));
  const auto streams = std::make_shared<OpenStreams>(shared->options.streams_per_user);
  for (const std::string& prefix : shared->options.prefixes) {
    const bool is_new = router.add(
        {.verb = verb_of(shared->spec->method),
         .pattern = prefix + std::string(shared->spec->path),
         .options = {.body_limit = body_limit(*shared)},
         .handler = [shared, streams](net::Request* request, net::ResponseWriter* writer) {
           return serve(shared, streams, request, writer);
         }});
    if (!is_new) {
      throw std::logic_error(fmt::format("{} {}{} is mounted twice",
                                         method_word(shared->spec->method), prefix,
                                         shared->spec->path));
    }
  }
}

}  // namespace tg::wire
