#include "service/gateway/rate_limits.hpp"

#include <thread>

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "tests/support/error_of.hpp"

namespace tg::gateway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr api::Spec kQuery{.name = "query",
                           .method = api::Method::post,
                           .path = "/query",
                           .needs = api::Scope::read,
                           .repeatable = true};
constexpr api::Spec kGetQuery{.name = "get",
                              .method = api::Method::get,
                              .path = "/query",
                              .needs = api::Scope::read,
                              .repeatable = true};
constexpr api::Spec kUpload{.name = "upload",
                            .method = api::Method::post,
                            .path = "/documents/upload",
                            .needs = api::Scope::write,
                            .repeatable = false};
constexpr api::Spec kList{.name = "list",
                          .method = api::Method::get,
                          .path = "/documents",
                          .needs = api::Scope::read,
                          .repeatable = true};

class RateLimitsTest : public testing::Test {
 protected:
  int admitted(RateLimits& limits, std::string caller, const api::Spec& spec, int tries) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += limits.take(caller, spec).answer.admitted ? 1 : 0;
    return count;
  }
  FakeClock clock_;
  RateLimits limits_{clock_, {}};
};

TEST_F(RateLimitsTest, TheDefaultsAreTheDocumentedOnes) {
  EXPECT_EQ(admitted(limits_, "user:a", kList, 150), 100);
  EXPECT_EQ(admitted(limits_, "user:b", kQuery, 150), 30);
  EXPECT_EQ(admitted(limits_, "user:c", kUpload, 150), 10);
  EXPECT_EQ(admitted(limits_, "user:d",
                     {.name = "generate",
                      .method = api::Method::post,
                      .path = "/generate",
                      .needs = api::Scope::read,
                      .repeatable = true},
                     150),
            20);
  EXPECT_EQ(admitted(limits_, "address:1",
                     {.name = "login",
                      .method = api::Method::post,
                      .path = "/auth/login",
                      .needs = api::Scope::open,
                      .repeatable = false},
                     150),
            5);
  EXPECT_EQ(admitted(limits_, "user:e", kGetQuery, 150), 100) << "another endpoint of that path";
}

TEST_F(RateLimitsTest, CallersAndEndpointsCountApart) {
  EXPECT_EQ(admitted(limits_, "user:a", kQuery, 40), 30);
  EXPECT_EQ(admitted(limits_, "user:a", kUpload, 40), 10);
  EXPECT_EQ(admitted(limits_, "user:a", kList, 100), 60) << "what all endpoints have in common";
  EXPECT_EQ(admitted(limits_, "user:b", kQuery, 40), 30);
}

TEST_F(RateLimitsTest, HoursAndDaysCountToo) {
  int in_hour = 0;
  for (int minute = 0; minute < 30; ++minute) {
    in_hour += admitted(limits_, "user:a", kQuery, 30);
    clock_.advance(seconds(61));
  }
  EXPECT_EQ(in_hour, 300);
  int in_day = 0;
  for (int minute = 0; minute < 23 * 60; ++minute) {
    in_day += admitted(limits_, "user:b", kList, 100);
    clock_.advance(seconds(61));
  }
  EXPECT_EQ(in_day, 20'000);
}

TEST_F(RateLimitsTest, RefusedRequestsAreNotCounted) {
  EXPECT_EQ(admitted(limits_, "user:a", kUpload, 200), 10);
  EXPECT_EQ(admitted(limits_, "user:a", kList, 200), 90);
}

TEST_F(RateLimitsTest, LookingIsNotCounted) {
  for (int i = 0; i < 500; ++i) EXPECT_TRUE(limits_.look("user:a", kQuery).answer.admitted);
  EXPECT_EQ(admitted(limits_, "user:a", kQuery, 100), 30);
  EXPECT_FALSE(limits_.look("user:a", kQuery).answer.admitted);
}

TEST_F(RateLimitsTest, HeadersShowTheRemainingQuota) {
  net::Headers headers;
  RateLimits::write(limits_.take("user:a", kList), headers);
  EXPECT_EQ(headers.get("RateLimit-Policy"),
            R"("minute";q=100;w=60, "hour";q=2000;w=3600, "day";q=20000;w=86400)");
  EXPECT_EQ(headers.get("X-RateLimit-Limit"), "100");
  EXPECT_EQ(headers.get("X-RateLimit-Remaining"), "99");
  EXPECT_FALSE(headers.has("Retry-After"));
  net::Headers of_query;
  RateLimits::write(limits_.take("user:a", kQuery), of_query);
  EXPECT_TRUE(of_query.get("RateLimit-Policy")
                  .ends_with(R"(, "query-minute";q=30;w=60, "query-hour";q=300;w=3600)"))
      << of_query.get("RateLimit-Policy");
  EXPECT_TRUE(of_query.get("RateLimit").starts_with(R"("query-minute";r=29;t=6)"))
      << of_query.get("RateLimit");

  EXPECT_EQ(admitted(limits_, "user:a", kQuery, 100), 29);
  const RateDecision refused = limits_.take("user:a", kQuery);
  net::Headers at_end;
  RateLimits::write(refused, at_end);
  EXPECT_EQ(at_end.get("RateLimit"),
            fmt::format("\"query-minute\";r=0;t={}", refused.answer.reset.count()));
  EXPECT_EQ(at_end.get("Retry-After"), at_end.get("X-RateLimit-Reset"));
  EXPECT_EQ(at_end.get("X-RateLimit-Remaining"), "0");
  const Error error = RateLimits::refusal(refused).error();
  EXPECT_EQ(error.code, Code::rate_limited);
  EXPECT_EQ(error.retry_after, refused.answer.reset);
  clock_.advance(refused.answer.reset);
  EXPECT_TRUE(limits_.take("user:a", kQuery).answer.admitted) << "coming then is not too early";
}

TEST_F(RateLimitsTest, WithoutLimitsThereAreNoHeaders) {
  RateLimits off(clock_, {.rate_limit_per_minute = 0,
                          .rate_limit_per_hour = 0,
                          .rate_limit_per_day = 0,
                          .rate_limit_query_per_minute = 0,
                          .rate_limit_query_per_hour = 0});
  EXPECT_EQ(admitted(off, "user:a", kQuery, 1000), 1000);
  net::Headers headers;
  RateLimits::write(off.take("user:a", kQuery), headers);
  EXPECT_EQ(headers.size(), 0U);
}

TEST_F(RateLimitsTest, IdleCallersAreForgotten) {
  for (int i = 0; i < 20'000; ++i) limits_.take(fmt::format("address:{}", i), kQuery);
  EXPECT_EQ(limits_.callers(), 20'000U);
  clock_.advance(hours(25));
  for (int i = 0; i < 20'000; ++i) limits_.take(fmt::format("user:{}", i), kList);
  EXPECT_LT(limits_.callers(), 30'000U);
}

TEST_F(RateLimitsTest, AFloodOfCallersIsBounded) {
  RateLimits few(clock_, {}, 640);
  for (int i = 0; i < 10; ++i) few.take(fmt::format("user:{}", i), kList);
  for (int i = 0; i < 20'000; ++i) few.take(fmt::format("address:{}", i), kList);
  EXPECT_LE(few.callers(), 10U + 64U * 11U);
  EXPECT_EQ(admitted(few, "address:19999", kList, 200), 0) << "addresses beyond the bound share";
  EXPECT_EQ(admitted(few, "user:7", kList, 200), 99) << "a known user keeps their quota";
  EXPECT_EQ(admitted(few, "user:new", kList, 200), 100) << "a new user has their own";
}

TEST_F(RateLimitsTest, ThreadsShareOneQuota) {
  std::atomic<int> count = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] { count += admitted(limits_, "user:a", kList, 100); });
    }
  }
  EXPECT_EQ(count, 100);
}

}  // namespace
}  // namespace tg::gateway
