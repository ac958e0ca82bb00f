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
  ASSERT_EQ(degraded_of(degradation).size(), 1U);
  EXPECT_EQ(degraded_of(degradation)[0].since, since);

  const Health down = HealthReport("retrieval", clock)
                          .needs("database", internal("secret path"))
                          .uses("model", unavailable("model"))
                          .make();
  EXPECT_EQ(down.status, HealthStatus::unhealthy);
  EXPECT_FALSE(json::to_text(down.details).contains("secret path")) << "details are for the log";
  EXPECT_EQ(HealthReport("retrieval", clock).uses("model", unavailable("model")).make().status,
            HealthStatus::degraded);
}

}  // namespace
}  // namespace tg::api
