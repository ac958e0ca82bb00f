// Errors as values: every fallible call returns Result<T>, with one Error type for all layers.
//
//   Result<Channel> find(std::string_view name);
//   Result<void> rename(...) {
//     TG_TRY(auto channel, find(name));          // returns the error to the caller
//     ...
//   }
//   Task<Result<void>> later(...) {
//     TG_CO_TRY(auto rows, co_await load(...));  // the same inside a coroutine
//     ...
//   }
//
// Exceptions are for start-up, bugs and third-party libraries; the adapter that calls a library
// converts its exceptions into an Error. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/missing.hpp"

namespace tg {

// The closed set of error codes; each has one HTTP status and one name on the wire (error.cpp).
enum class Code : std::uint8_t {
  validation,
  unauthorized,
  forbidden,
  not_found,
  method_not_allowed,
  request_timeout,
  conflict,
  payload_too_large,
  uri_too_long,
  unsupported_media_type,
  expectation_failed,
  rate_limited,
  headers_too_large,
  internal,
  not_implemented,
  bad_gateway,
  unavailable,
  gateway_timeout,
  version_not_supported,
};

int http_status(Code code);
// "VALIDATION_ERROR", "NOT_FOUND", ...
std::string_view wire_name(Code code);
// The code for an HTTP status returned by another service. Other 4xx: validation; anything else:
// bad_gateway.
Code code_of_status(int status);
std::optional<Code> code_of_wire_name(std::string_view name);

struct Error {
  Code code = Code::internal;
  // Stable dotted identifier that clients may branch on: "missing.query", "not_implemented.login".
  std::string reason;
  // Shown to the user; contains no SQL, paths or responses of other systems.
  std::string message;
  // For the log only.
  std::string detail = {};
  // The invalid input field ("filters.date_range.start"), if any.
  std::string field = {};
  // When to try again (429, 503).
  std::optional<std::chrono::seconds> retry_after = {};
};

template <typename T>
using Result = std::expected<T, Error>;

// Constructors of common errors.
std::unexpected<Error> fail(Code code, std::string reason, std::string message,
                            std::string detail = {});
// Code::validation. `what_would_be_right` follows the field's name in the message: "must be ...".
std::unexpected<Error> invalid(std::string_view field, std::string_view what_would_be_right);
std::unexpected<Error> not_found(std::string_view what);
// A service does not respond.
std::unexpected<Error> unavailable(std::string_view service, std::string detail = {},
                                   std::chrono::seconds retry_after = std::chrono::seconds(1));
// A bounded queue of `what` ("searches") is full.
std::unexpected<Error> overloaded(std::string_view what,
                                  std::chrono::seconds retry_after = std::chrono::seconds(1));
std::unexpected<Error> not_implemented(Missing what);
std::unexpected<Error> internal(std::string detail);

}  // namespace tg

#define TG_CONCAT_INNER(a, b) a##b
#define TG_CONCAT(a, b) TG_CONCAT_INNER(a, b)
#define TG_TRY_WITH(leave, result, declaration, ...)                          \
  auto result = (__VA_ARGS__);                                                \
  if (!result) leave std::unexpected<::tg::Error>(std::move(result).error()); \
  declaration = *std::move(result)
#define TG_TRY_VOID_WITH(leave, result, ...)                                    \
  do {                                                                          \
    auto result = (__VA_ARGS__);                                                \
    if (!result) leave std::unexpected<::tg::Error>(std::move(result).error()); \
  } while (false)
// TG_TRY(auto x, f()): x is the value of the Result, or the enclosing function returns its error.
#define TG_TRY(declaration, ...) \
  TG_TRY_WITH(return, TG_CONCAT(tg_result_, __COUNTER__), declaration, __VA_ARGS__)
#define TG_CO_TRY(declaration, ...) \
  TG_TRY_WITH(co_return, TG_CONCAT(tg_result_, __COUNTER__), declaration, __VA_ARGS__)
// TG_TRY_VOID(f()): the same for a Result without a needed value (Result<void>).
#define TG_TRY_VOID(...) TG_TRY_VOID_WITH(return, TG_CONCAT(tg_result_, __COUNTER__), __VA_ARGS__)
#define TG_CO_TRY_VOID(...) \
  TG_TRY_VOID_WITH(co_return, TG_CONCAT(tg_result_, __COUNTER__), __VA_ARGS__)
