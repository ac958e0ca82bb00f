#include "api/health_report.hpp"

#include <gtest/gtest.h>

#include "runtime/log.hpp"

namespace tg::api {
namespace {

TEST(HealthReport, TellsPartsAndTheWorstOfThem) {
  FakeClock clock;
  metrics::Registry registry;
  Degradation degradation("retrieval", clock, registry);
  const log::Capture quiet([](std::string_view) {});

  EXPECT_EQ(HealthReport("retrieval", clock).needs("database", {}).make().status,
            HealthStatus::healthy);

  degradation.enter("vector", "lexical search only");
  const UnixMillis since = clock.wall();
  clock.advance(std::chrono::seconds(5));
  const Health degraded = HealthReport("retrieval", clock)
                              .needs("database", {})
                              .degraded(degradation)
                              .tell("version", 7)
                              .make();
  EXPECT_EQ(degraded.status, HealthStatus::degraded);
  EXPECT_EQ(degraded.timestamp, clock.wall());
  EXPECT_EQ(json::to_text(degraded.details),
            "{\"version\":7,\"parts\":["
            "{\"part\":\"database\",\"state\":\"up\",\"reason\":null,\"since\":null},"
            "{\"part\":\"vector\",\"state\":\"degraded\",\"reason\":\"lexical search only\","
            "\"since\":\"" +
                format_iso8601(since) + "\"}]}");

  const Health down = HealthReport("retrieval", clock)
                          .needs("database", internal("secret path"))
                          .uses("model", unavailable("model"))
                          .make();
  EXPECT_EQ(down.status, HealthStatus::unhealthy);
  EXPECT_FALSE(json::to_text(down.details).contains("secret path")) << "details are for the log";
  EXPECT_EQ(HealthReport("retrieval", clock).uses("model", unavailable("model")).make().status,
            HealthStatus::degraded);
}

TEST(HealthReport, RemembersSinceWhenAPartIsDown) {
  FakeClock clock;
  metrics::Registry registry;
  Degradation memory("document", clock, registry);
  const log::Capture quiet([](std::string_view) {});
  const auto report = [&](const Result<void>& index) {
    return HealthReport("document", clock).needs("index", index, memory).degraded(memory).make();
  };
  const UnixMillis since = clock.wall();
  EXPECT_EQ(report(unavailable("vector")).status, HealthStatus::unhealthy);
  clock.advance(std::chrono::minutes(3));
  const Health later = report(unavailable("vector"));
  ASSERT_EQ(later.details.at("parts").as_array().size(), 1U) << "told once";
  EXPECT_EQ(later.details.at("parts").at(0).at("state"), "down");
  EXPECT_EQ(later.details.at("parts").at(0).at("since"), json::Value(format_iso8601(since)));
  EXPECT_EQ(report({}).status, HealthStatus::healthy);
  const UnixMillis again = clock.wall();
  EXPECT_EQ(report(unavailable("vector")).details.at("parts").at(0).at("since"),
            json::Value(format_iso8601(again)));
}

TEST(HealthReport, AnotherServicesHealthIsItsAnswer) {
  Health health{.service_name = "vector", .timestamp = {}, .details = {}};
  EXPECT_TRUE(answer_of(health));
  health.status = HealthStatus::degraded;
  EXPECT_TRUE(answer_of(health)) << "it still works";
  health.status = HealthStatus::unhealthy;
  EXPECT_EQ(answer_of(health).error().reason, "unavailable.vector");
  EXPECT_EQ(answer_of(internal("x")).error().code, Code::internal);
  FakeClock clock;
  EXPECT_EQ(HealthReport("telegram", clock).off("account", "none").make().status,
            HealthStatus::healthy);
}

}  // namespace
}  // namespace tg::api
