#include "base/error.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <fmt/core.h>

namespace tg {
namespace {

struct Row {
  Code code;
  int status;
  std::string_view name;
};

constexpr std::array kRows{
    Row{Code::validation, 400, "VALIDATION_ERROR"},
    Row{Code::unauthorized, 401, "UNAUTHORIZED"},
    Row{Code::forbidden, 403, "FORBIDDEN"},
    Row{Code::not_found, 404, "NOT_FOUND"},
    Row{Code::method_not_allowed, 405, "METHOD_NOT_ALLOWED"},
    Row{Code::request_timeout, 408, "REQUEST_TIMEOUT"},
    Row{Code::conflict, 409, "CONFLICT"},
    Row{Code::payload_too_large, 413, "PAYLOAD_TOO_LARGE"},
    Row{Code::uri_too_long, 414, "URI_TOO_LONG"},
    Row{Code::unsupported_media_type, 415, "UNSUPPORTED_MEDIA_TYPE"},
    Row{Code::expectation_failed, 417, "EXPECTATION_FAILED"},
    Row{Code::rate_limited, 429, "RATE_LIMITED"},
    Row{Code::headers_too_large, 431, "HEADERS_TOO_LARGE"},
    Row{Code::internal, 500, "INTERNAL_ERROR"},
    Row{Code::not_implemented, 501, "NOT_IMPLEMENTED"},
    Row{Code::bad_gateway, 502, "BAD_GATEWAY"},
    Row{Code::unavailable, 503, "SERVICE_UNAVAILABLE"},
    Row{Code::gateway_timeout, 504, "GATEWAY_TIMEOUT"},
    Row{Code::version_not_supported, 505, "VERSION_NOT_SUPPORTED"},
};

const Row& row_of(Code code) {
  for (const Row& row : kRows) {
    if (row.code == code) return row;
  }
  return kRows[13];
}

}  // namespace

int http_status(Code code) {
  return row_of(code).status;
}

std::string_view wire_name(Code code) {
  return row_of(code).name;
}

Code code_of_status(int status) {
  for (const Row& row : kRows) {
    if (row.status == status) return row.code;
  }
  return status >= 400 && status < 500 ? Code::validation : Code::bad_gateway;
}

std::optional<Code> code_of_wire_name(std::string_view name) {
  for (const Row& row : kRows) {
    if (row.name == name) return row.code;
  }
  return std::nullopt;
}

std::unexpected<Error> fail(Code code, std::string reason, std::string message,
                            std::string detail) {
  return std::unexpected(Error{.code = code,
                               .reason = std::move(reason),
                               .message = std::move(message),
                               .detail = std::move(detail)});
}

std::unexpected<Error> invalid(std::string_view field, std::string_view what_would_be_right) {
  return std::unexpected(Error{.code = Code::validation,
                               .reason = fmt::format("invalid.{}", field),
                               .message = fmt::format("{}: {}", field, what_would_be_right),
                               .field = std::string(field)});
}

std::unexpected<Error> not_found(std::string_view what) {
  return fail(Code::not_found, "not_found", fmt::format("{} not found", what));
}

std::unexpected<Error> unavailable(std::string_view service, std::string detail,
                                   std::chrono::seconds retry_after) {
  return std::unexpected(Error{.code = Code::unavailable,
                               .reason = fmt::format("unavailable.{}", service),
                               .message = fmt::format("{} is not available now", service),
                               .detail = std::move(detail),
                               .retry_after = retry_after});
}

std::unexpected<Error> overloaded(std::string_view what, std::chrono::seconds retry_after) {
  // Reasons are words for programs, messages for people; names of metrics are given, too.
  std::string word(what);
  std::string phrase(what);
  std::ranges::replace(word, ' ', '_');
  std::ranges::replace(phrase, '_', ' ');
  return std::unexpected(
      Error{.code = Code::unavailable,
            .reason = fmt::format("overloaded.{}", word),
            .message = fmt::format("the server is busy: too many {} are waiting", phrase),
            .retry_after = retry_after});
}

std::unexpected<Error> not_implemented(Missing what) {
  return fail(Code::not_implemented, fmt::format("not_implemented.{}", what.row().word),
              fmt::format("this version cannot {}", what.row().what));
}

std::unexpected<Error> internal(std::string detail) {
  return fail(Code::internal, "internal", "something went wrong on our side", std::move(detail));
}

}  // namespace tg
