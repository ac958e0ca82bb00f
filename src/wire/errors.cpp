#include "wire/errors.hpp"

#include <charconv>

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "base/text.hpp"

namespace tg::wire {
namespace {

// "filters.date_range.start" and "items[3].text" as a JSON pointer.
std::string pointer_of(std::string_view field) {
  std::string pointer = "#/";
  for (const char c : field) {
    if (c == ']') continue;
    pointer += c == '.' || c == '[' ? '/' : c;
  }
  return pointer;
}

std::string problem_text(const Error& error, std::string_view request_id) {
  json::Object problem{{"type", "about:blank"},
                       {"title", net::reason_phrase(http_status(error.code))},
                       {"status", http_status(error.code)},
                       {"detail", error.message},
                       {"instance", "urn:uuid:" + std::string(request_id)},
                       {"error_code", wire_name(error.code)},
                       {"reason", error.reason},
                       {"request_id", request_id}};
  if (!error.field.empty()) {
    problem["errors"] =
        json::Array{json::Object{{"pointer", pointer_of(error.field)}, {"detail", error.message}}};
  }
  return json::to_text(problem);
}

bool wants_problem(std::string_view accept) {
  for (std::string_view part : text::split(accept, ',')) {
    part = text::trim(part.substr(0, part.find(';')));
    if (text::equals_ignoring_ascii_case(part, "application/problem+json")) return true;
  }
  return false;
}

std::optional<Error> read_envelope(std::string_view body) {
  const auto value = json::parse(body);
  const json::Object* envelope = value ? value->if_object() : nullptr;
  if (envelope == nullptr) return std::nullopt;
  const auto code = code_of_wire_name(json::text_in(*envelope, "error_code").value_or(""));
  if (!code) return std::nullopt;
  Error error{.code = *code, .message = json::text_in(*envelope, "message").value_or("")};
  const json::Object& details = json::object_in(*envelope, "details");
  error.reason = json::text_in(details, "reason").value_or("");
  error.field = json::text_in(details, "field").value_or("");
  if (const auto seconds = json::integer_in(details, "retry_after"); seconds && *seconds >= 0)
    error.retry_after = std::chrono::seconds(*seconds);
  return error;
}

}  // namespace

Error malformed_response(std::string_view service, std::string detail) {
  return {.code = Code::bad_gateway,
          .reason = fmt::format("bad_gateway.{}", service),
          .message = fmt::format("the {} service returned a malformed response", service),
          .detail = std::move(detail)};
}

std::string error_text(const Error& error, std::string_view request_id, UnixMillis now) {
  json::Object details;
  if (!error.field.empty()) details["field"] = error.field;
  if (!error.reason.empty()) details["reason"] = error.reason;
  // Also in the body: an error that ends a stream has no header fields.
  if (error.retry_after) details["retry_after"] = error.retry_after->count();
  return json::to_text(json::Object{{"success", false},
                                    {"error_code", wire_name(error.code)},
                                    {"detail", error.message},
                                    {"message", error.message},
                                    {"details", std::move(details)},
                                    {"timestamp", format_iso8601(now)},
                                    {"request_id", request_id}});
}

net::Response error_response(const Error& error, std::string_view request_id,
                             std::string_view accept, UnixMillis now) {
  net::Response response{.status = http_status(error.code)};
  const bool is_problem = wants_problem(accept);
  response.body = is_problem ? problem_text(error, request_id) : error_text(error, request_id, now);
  response.headers.add("Content-Type",
                       is_problem ? "application/problem+json" : "application/json");
  response.headers.add("Cache-Control", "no-store");
  if (error.code == Code::unauthorized) {
    // RFC 6750, 3: details only for requests that presented a token.
    response.headers.add("WWW-Authenticate", error.reason == "invalid_token"
                                                 ? "Bearer error=\"invalid_token\""
                                                 : "Bearer");
  }
  if (error.retry_after) {
    response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  } else if (error.code == Code::unavailable || error.code == Code::rate_limited) {
    response.headers.add("Retry-After", "1");
  }
  return response;
}

Error error_of(int status, std::string_view body, const net::Headers& headers,
               std::string_view service) {
  auto error = read_envelope(body);
  if (!error || http_status(error->code) != status)
    return malformed_response(service,
                              fmt::format("status {} without a matching error envelope", status));
  // This process was rejected, not the caller, who can do nothing about it.
  if (error->reason.starts_with("unauthorized.service"))
    return malformed_response(service, "it does not know our service token");
  const std::string_view seconds = headers.get("Retry-After");
  int count = 0;
  if (std::from_chars(seconds.data(), seconds.data() + seconds.size(), count).ec == std::errc() &&
      count >= 0) {
    error->retry_after = std::chrono::seconds(count);
  }
  return *std::move(error);
}

Error error_of_event(std::string_view data, std::string_view service) {
  auto error = read_envelope(data);
  return error ? *std::move(error) : malformed_response(service, "a malformed error event");
}

}  // namespace tg::wire
