#include "runtime/loop_monitor.hpp"

#include <future>

#include <gtest/gtest.h>

namespace tg {
namespace {

using namespace std::chrono_literals;

TEST(LoopPulse, TellsLagAndSilence) {
  FakeClock clock;
  metrics::Histogram lag(metrics::kShortSeconds);
  LoopPulse pulse(lag, clock.steady());
  const SteadyTime due = clock.steady() + 250ms;
  clock.advance(350ms);
  EXPECT_EQ(pulse.silence(clock.steady()), 350ms);
  pulse.tick(due, clock.steady());
  EXPECT_EQ(pulse.silence(clock.steady()), 0ms);
  EXPECT_NEAR(lag.snapshot().sum, 0.1, 1e-9);
  pulse.tick(clock.steady() + 1s, clock.steady());
  EXPECT_NEAR(lag.snapshot().sum, 0.1, 1e-9) << "never negative";
  EXPECT_EQ(lag.snapshot().count, 2U);
}

TEST(LoopMonitor, EveryLoopIsHeardAndOneThatStandsStillIsSeen) {
  Loops loops(2);
  loops.start();
  FakeClock clock;
  metrics::Registry registry;
  LoopMonitor monitor(loops, clock, registry, 1ms);
  monitor.start();
  std::promise<void> held;
  std::promise<void> release;
  asio::post(loops.at(1), [&, go = release.get_future().share()] {
    held.set_value();
    go.wait();
  });
  held.get_future().wait();
  clock.advance(6s);
  EXPECT_GE(monitor.stalled(), 6s) << "loop 1 cannot turn";
  release.set_value();
  while (monitor.stalled() >= 5s) std::this_thread::yield();
  monitor.stop();
  for (const char* loop : {"0", "1"}) {
    const auto& lag = registry.histogram("telegnosis_loop_lag_seconds", "", {{"loop", loop}},
                                         metrics::kShortSeconds);
    EXPECT_GE(lag.snapshot().count, 1U);
  }
}

}  // namespace
}  // namespace tg
