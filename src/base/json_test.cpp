#include "base/json.hpp"

#include <gtest/gtest.h>

namespace tg {
namespace {

enum class Mode { fast, private_ };
BOOST_DESCRIBE_ENUM(Mode, fast, private_)

struct Inner {
  std::optional<UnixMillis> start;
  Mode mode = Mode::fast;
};
BOOST_DESCRIBE_STRUCT(Inner, (), (start, mode))
[[maybe_unused]] constexpr bool refuses_unknown(const Inner*) {
  return true;
}

struct Request {
  std::string query;
  int top_k = 5;
  std::optional<Inner> filters;
  std::vector<std::string> names;
};
BOOST_DESCRIBE_STRUCT(Request, (), (query, top_k, filters, names))
constexpr auto rules_of(const Request*) {
  return std::array{Rule("query").required().length(1, 10), Rule("top_k").range(1, 100)};
}

TEST(Json, ReadsWhatItWrote) {
  const auto request = json::read_text<Request>(
      R"({"query":"привет","filters":{"start":"2026-01-02","mode":"private"},"names":["a"]})");
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->top_k, 5);
  EXPECT_EQ(request->filters->mode, Mode::private_);
  EXPECT_EQ(
      json::to_text(json::write(*request)),
      R"({"query":"привет","top_k":5,"filters":{"start":"2026-01-02T00:00:00Z","mode":"private"},"names":["a"]})");
}

TEST(Json, ErrorsNameTheFieldAndWhatWouldBeRight) {
  const auto message = [](std::string_view text) {
    return json::read_text<Request>(text).error().message;
  };
  EXPECT_EQ(message("{}"), "query: is required");
  EXPECT_EQ(message(R"({"query":""})"), "query: must not be empty");
  EXPECT_EQ(message(R"({"query":"a","top_k":500})"), "top_k: must be between 1 and 100, got 500");
  EXPECT_EQ(message(R"({"query":"a","top_k":"5"})"), "top_k: must be a whole number, got a string");
  EXPECT_EQ(message(R"({"query":"a","filters":{"mode":"slow"}})"),
            "filters.mode: must be one of fast, private");
  EXPECT_EQ(message(R"({"query":"a","filters":{"x":1}})"),
            "filters.x: is not known; known are start, mode");
  EXPECT_EQ(message(R"({"query":"a","names":[1]})"), "names[0]: must be a string, got a number");
  EXPECT_FALSE(json::parse("{\"a\":1,}"));
}

TEST(Json, UnknownFieldsAreWarnedOf) {
  json::Warnings warnings;
  ASSERT_TRUE(json::read<Request>(json::parse(R"({"query":"a","colour":1})").value(), warnings));
  EXPECT_EQ(warnings, json::Warnings{"unknown field colour was ignored"});
}

TEST(Json, DuplicateNamesAreSeen) {
  EXPECT_TRUE(json::has_duplicate_names(R"({"a":{"b":1,"b":2}})"));
  EXPECT_FALSE(json::has_duplicate_names(R"({"a":{"b":1},"b":[{"b":2},{"b":2}]})"));
}

TEST(Json, PrettyTextIsIndentedByTwo) {
  EXPECT_EQ(json::to_pretty_text(json::parse(R"({"а":[1,{"b":[]}]})").value()),
            "{\n  \"а\": [\n    1,\n    {\n      \"b\": []\n    }\n  ]\n}");
}

TEST(Json, ANumberThatNoDoubleHoldsIsRefused) {
  const auto value = json::parse("1e308999");
  if (value) {
    const auto read = json::read_number(*value, json::Path("score"));
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().field, "score");
  }
  const auto digits = json::parse("13111e00097696464");
  ASSERT_TRUE(digits.has_value());
  EXPECT_FALSE(json::read_number(*digits, json::Path("score")).has_value());
}

}  // namespace
}  // namespace tg
