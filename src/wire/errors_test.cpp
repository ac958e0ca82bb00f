#include "wire/errors.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace tg::wire {
namespace {

const UnixMillis kNow = from_millis(1'769'889'913'250);

Error bad_limit() {
  return {.code = Code::validation,
          .reason = "invalid.filters.date_range",
          .message = "must be before",
          .detail = "SELECT secret",
          .field = "items[3].date_range"};
}

TEST(Errors, HaveTheEnvelopeOfTheContract) {
  const auto value = json::parse(error_text(bad_limit(), "r-1", kNow));
  EXPECT_EQ(*value, *json::parse(R"({"success":false,"error_code":"VALIDATION_ERROR",
      "detail":"must be before","message":"must be before",
      "details":{"field":"items[3].date_range","reason":"invalid.filters.date_range"},
      "timestamp":"2026-01-31T20:05:13.250Z","request_id":"r-1"})"));
}

TEST(Errors, BecomeProblemsOnlyWhenAsked) {
  const auto problem =
      error_response(bad_limit(), "r-1", "text/html, Application/Problem+JSON;q=1", kNow);
  EXPECT_EQ(problem.headers.get("Content-Type"), "application/problem+json");
  const auto value = json::parse(problem.body);
  EXPECT_EQ(value->at("title"), "Bad Request");
  EXPECT_EQ(value->at("errors").at(0).at("pointer"), "#/items/3/date_range");
  EXPECT_EQ(problem.body.find("SELECT"), std::string::npos);
  EXPECT_EQ(error_response(bad_limit(), "r-1", "*/*", kNow).headers.get("Content-Type"),
            "application/json");
}

TEST(Errors, TellWhatToDo) {
  const auto headers = [](Error error) { return error_response(error, "r", "", kNow).headers; };
  EXPECT_EQ(headers({.code = Code::unauthorized}).get("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(headers({.code = Code::rate_limited, .retry_after = std::chrono::seconds(12)})
                .get("Retry-After"),
            "12");
  EXPECT_EQ(headers({.code = Code::unavailable}).get("Retry-After"), "1");
  EXPECT_FALSE(headers({.code = Code::not_found}).has("Retry-After"));
}

TEST(Errors, ComeBackAsTheyWere) {
  const auto response = error_response({.code = Code::unavailable,
                                        .reason = "unavailable.x",
                                        .message = "x is away",
                                        .retry_after = std::chrono::seconds(5)},
                                       "r", "", kNow);
  const Error error = error_of(503, response.body, response.headers, "vector");
  EXPECT_EQ(error.code, Code::unavailable);
  EXPECT_EQ(error.reason, "unavailable.x");
  EXPECT_EQ(error.message, "x is away");
  EXPECT_EQ(error.retry_after, std::chrono::seconds(5));
  EXPECT_EQ(error_of_event(error_text(bad_limit(), "r", kNow), "vector").field, bad_limit().field);
}

TEST(Errors, AreMalformedWithoutAnEnvelope) {
  const std::string text = error_text({.code = Code::not_found, .message = "m"}, "r", kNow);
  for (const auto& [status, body] :
       std::vector<std::pair<int, std::string>>{{502, "<html>nginx</html>"},
                                                {500, "{}"},
                                                {200, text},
                                                {404, "null"},
                                                {400, text},
                                                {404, R"({"error_code":7})"}}) {
    const Error error = error_of(status, body, {}, "vector");
    EXPECT_EQ(error.code, Code::bad_gateway) << body;
    EXPECT_EQ(error.message, "the vector service returned a malformed response");
  }
  EXPECT_EQ(error_of(404, text, {}, "vector").code, Code::not_found);
}

TEST(Errors, DoNotBlameTheCallerForOurSecret) {
  const auto response = error_response(
      {.code = Code::unauthorized, .reason = "unauthorized.service_token", .message = "m"}, "r", "",
      kNow);
  EXPECT_EQ(error_of(401, response.body, response.headers, "vector").code, Code::bad_gateway);
}

}  // namespace
}  // namespace tg::wire
