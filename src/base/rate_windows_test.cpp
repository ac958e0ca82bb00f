#include "base/rate_windows.hpp"

#include <cmath>
#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace tg {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kRules{RateRule{"minute", 100, minutes(1)}, RateRule{"hour", 2000, hours(1)},
                            RateRule{"day", 20000, hours(24)}};

// Reference implementation that stores every request.
class ExactLog {
 public:
  bool admit(SteadyTime now) {
    for (const RateRule& rule : kRules) {
      if (held(rule, now) >= rule.limit) return false;
    }
    taken_.push_back(now);
    return true;
  }
  void take(SteadyTime now) { taken_.push_back(now); }
  std::size_t held(const RateRule& rule, SteadyTime now) const {
    const auto from = std::ranges::upper_bound(taken_, now - rule.length);
    return static_cast<std::size_t>(taken_.end() - from);
  }
  std::size_t size() const { return taken_.size(); }

 private:
  std::deque<SteadyTime> taken_;
};

bool admit(RateWindows& windows, std::span<const RateRule> rules, SteadyTime now) {
  const bool admitted = windows.look(rules, now).admitted;
  if (admitted) windows.take(rules, now);
  return admitted;
}

// Random arrivals whose mean interval changes every thousand requests.
TEST(RateWindows, AreAsGoodAsAnExactLog) {
  for (const double calm_ms : {300.0, 900.0, 2000.0}) {
    std::mt19937_64 random(7);
    RateWindows windows;
    ExactLog exact;
    ExactLog ours;
    SteadyTime now(hours(500));
    for (int i = 0; i < 100'000; ++i) {
      const double mean = (i / 1000) % 2 == 0 ? calm_ms : calm_ms / 20;
      std::exponential_distribution<double> gap(1 / mean);
      now += std::chrono::microseconds(std::llround(gap(random) * 1000));
      exact.admit(now);
      if (admit(windows, kRules, now)) ours.take(now);
      for (const RateRule& rule : kRules) ASSERT_LE(ours.held(rule, now), rule.limit);
    }
    const auto difference = static_cast<double>(exact.size()) - static_cast<double>(ours.size());
    EXPECT_LE(std::abs(difference) / static_cast<double>(exact.size()), 0.01)
        << exact.size() << " " << ours.size();
  }
}

TEST(RateWindows, NoDoubleBurstAtAnyEdge) {
  constexpr std::array kMinute{RateRule{"minute", 100, minutes(1)}};
  for (int offset_ms = 0; offset_ms < 60'000; offset_ms += 37) {
    RateWindows windows;
    const SteadyTime start = SteadyTime(hours(1)) + milliseconds(offset_ms);
    for (int i = 0; i < 100; ++i) ASSERT_TRUE(admit(windows, kMinute, start));
    ASSERT_FALSE(admit(windows, kMinute, start));
    ASSERT_FALSE(admit(windows, kMinute, start + milliseconds(59'999)));
    int after = 0;
    for (int i = 0; i < 200; ++i) after += admit(windows, kMinute, start + milliseconds(60'500));
    ASSERT_EQ(after, 100);
  }
}

TEST(RateWindows, WhatIsRefusedTakesNothing) {
  constexpr std::array kTight{RateRule{"minute", 2, minutes(1)}, RateRule{"hour", 5, hours(1)}};
  RateWindows windows;
  SteadyTime now(hours(9));
  EXPECT_TRUE(admit(windows, kTight, now));
  EXPECT_TRUE(admit(windows, kTight, now));
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(admit(windows, kTight, now));
  now += minutes(2);
  EXPECT_TRUE(admit(windows, kTight, now));
  EXPECT_TRUE(admit(windows, kTight, now));
  now += minutes(2);
  EXPECT_TRUE(admit(windows, kTight, now));
  const RateAnswer full = windows.look(kTight, now);
  EXPECT_FALSE(full.admitted);
  EXPECT_EQ(full.rule->name, "hour");
}

TEST(RateWindows, TellWhenToComeBack) {
  constexpr std::array kTight{RateRule{"minute", 2, minutes(1)}, RateRule{"hour", 100, hours(1)}};
  RateWindows windows;
  SteadyTime now = SteadyTime(hours(9)) + milliseconds(123);
  const RateAnswer fresh = windows.look(kTight, now);
  EXPECT_TRUE(fresh.admitted);
  EXPECT_EQ(fresh.remaining, 2U);
  EXPECT_EQ(fresh.rule->name, "minute");
  windows.take(kTight, now);
  EXPECT_EQ(windows.look(kTight, now).remaining, 1U);
  windows.take(kTight, now);
  const RateAnswer full = windows.look(kTight, now);
  EXPECT_FALSE(full.admitted);
  EXPECT_EQ(full.remaining, 0U);
  EXPECT_GE(full.reset, seconds(60));
  EXPECT_LE(full.reset, seconds(61));
  EXPECT_FALSE(windows.look(kTight, now + full.reset - seconds(1) - milliseconds(500)).admitted);
  EXPECT_TRUE(windows.look(kTight, now + full.reset).admitted);
}

TEST(RateWindows, AreForgottenWhenIdle) {
  RateWindows windows;
  const SteadyTime now(hours(9));
  EXPECT_TRUE(windows.is_idle(kRules, now));
  windows.take(kRules, now);
  EXPECT_FALSE(windows.is_idle(kRules, now + hours(23)));
  EXPECT_TRUE(windows.is_idle(kRules, now + hours(25)));
}

TEST(RateWindows, ALimitOfZeroDoesNotCount) {
  constexpr std::array kOff{RateRule{"minute", 0, minutes(1)}};
  RateWindows windows;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(admit(windows, kOff, SteadyTime(hours(1))));
  EXPECT_EQ(windows.look(kOff, SteadyTime(hours(1))).rule, nullptr);
}

}  // namespace
}  // namespace tg
