#include "runtime/gate.hpp"

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"

namespace tg {
namespace {

Task<void> wait_forever(Notifier* never, std::atomic<int>* ended) {
  co_await never->wait_after(never->version(), std::chrono::hours(1));
  ++*ended;
}

TEST(Gate, CancelsAndWaitsForEveryTask) {
  Loops loops(2);
  loops.start();
  Gate gate;
  Notifier never;
  std::atomic<int> ended = 0;
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(gate.spawn(loops.next(), wait_forever(&never, &ended)));
  gate.close();
  EXPECT_FALSE(gate.spawn(loops.next(), wait_forever(&never, &ended)));
  gate.cancel();
  run_blocking(gate.wait());
  EXPECT_EQ(gate.running(), 0U);
}

Task<void> count(std::atomic<int>* done) {
  ++*done;
  co_return;
}

TEST(Gate, MayEndOnceNothingRuns) {
  Loops loops(2);
  loops.start();
  std::atomic<int> done = 0;
  for (int i = 0; i < 300; ++i) {
    const auto gate = std::make_unique<Gate>();
    ASSERT_TRUE(gate->spawn(loops.next(), count(&done)));
    while (gate->running() > 0) std::this_thread::yield();
  }
  EXPECT_EQ(done, 300);
}

Task<void> wait_for(Notifier* notifier, std::uint64_t seen, std::atomic<int>* woken) {
  co_await notifier->wait_after(seen, std::chrono::hours(1));
  ++*woken;
}

TEST(Gate, WaitsNoLongerThanAsked) {
  Loops loops(1);
  loops.start();
  Gate gate;
  Notifier notifier;
  std::atomic<int> woken = 0;
  const auto seen = notifier.version();
  EXPECT_TRUE(run_blocking(gate.wait_until(SteadyTime::min()))) << "nothing runs";
  ASSERT_TRUE(gate.spawn(loops.next(), wait_for(&notifier, seen, &woken)));
  EXPECT_FALSE(run_blocking(gate.wait_until(SteadyTime::min())));
  notifier.notify();
  EXPECT_TRUE(run_blocking(gate.wait_until(SteadyTime::max())));
  EXPECT_EQ(woken, 1);
}

TEST(Notifier, WakesWaitersOnEveryLoop) {
  Loops loops(2);
  loops.start();
  Gate gate;
  Notifier notifier;
  std::atomic<int> woken = 0;
  const auto seen = notifier.version();
  for (int i = 0; i < 8; ++i) gate.spawn(loops.next(), wait_for(&notifier, seen, &woken));
  notifier.notify();
  run_blocking(gate.wait());
  EXPECT_EQ(woken, 8);
}

}  // namespace
}  // namespace tg
