#include "runtime/degradation.hpp"

#include <gtest/gtest.h>

#include "runtime/log.hpp"

namespace tg {
namespace {

TEST(Degradation, IsSaidOnceCountedAndShownUntilItEnds) {
  FakeClock clock;
  metrics::Registry registry;
  Degradation degradation("retrieval", clock, registry);
  std::vector<std::string> said;
  const log::Capture capture([&](std::string_view line) { said.emplace_back(line); });
  const UnixMillis begin = clock.wall();

  degradation.enter("vector", "no answer");
  clock.advance(std::chrono::seconds(30));
  degradation.enter("vector", "refused");
  degradation.enter("model", "not loaded");

  EXPECT_EQ(said.size(), 2U) << "a warning once each";
  const auto modes = degradation.current();
  ASSERT_EQ(modes.size(), 2U);
  EXPECT_EQ(modes[0].part, "model");
  EXPECT_EQ(modes[1].reason, "refused") << "the latest";
  EXPECT_EQ(modes[1].since, begin) << "the first";
  EXPECT_TRUE(degradation.is_degraded("vector"));
  const std::string during = registry.text();
  EXPECT_TRUE(during.contains("telegnosis_degraded{service=\"retrieval\",part=\"vector\"} 1\n"));
  EXPECT_TRUE(
      during.contains("telegnosis_degraded_total{service=\"retrieval\",part=\"vector\"} 2\n"));

  degradation.leave("vector");
  EXPECT_FALSE(degradation.is_degraded("vector"));
  EXPECT_TRUE(
      registry.text().contains("telegnosis_degraded{service=\"retrieval\",part=\"vector\"} 0\n"));
  ASSERT_EQ(said.size(), 3U);
  EXPECT_TRUE(said[2].contains("30")) << said[2];

  degradation.leave("vector");
  EXPECT_EQ(said.size(), 3U);
  degradation.enter("vector", "again");
  EXPECT_EQ(said.size(), 4U) << "a new time is a new warning";
  EXPECT_EQ(degradation.current()[1].since, begin + std::chrono::seconds(30));
}

}  // namespace
}  // namespace tg
