#include "runtime/turns.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "runtime/gate.hpp"
#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"

namespace tg {
namespace {

// What tasks did, in order.
class Diary {
 public:
  void note(int who) {
    const std::scoped_lock lock(mutex_);
    entries_.push_back(who);
  }
  std::vector<int> entries() const {
    const std::scoped_lock lock(mutex_);
    return entries_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<int> entries_;
};

Task<void> wait_and_note(Turns* turns, int who, Diary* diary) {
  const auto turn = co_await turns->take();
  if (turn) diary->note(who);
}

class TurnsTest : public ::testing::Test {
 protected:
  void SetUp() override { loops_.start(); }
  void TearDown() override {
    gate_.cancel();
    run_blocking(gate_.wait());
    loops_.stop();
  }
  // Returns when it waits in the line.
  void line_up(Gate& gate, int who) {
    const std::size_t before = turns_.statistics().waiting;
    ASSERT_TRUE(gate.spawn(loops_.next(), wait_and_note(&turns_, who, &diary_)));
    while (turns_.statistics().waiting == before) std::this_thread::yield();
  }
  Turns::Turn take() { return run_blocking(turns_.take()).value(); }
  void cancel_and_wait(Gate& gate) {
    gate.cancel();
    run_blocking(gate.wait());
  }

  Loops loops_{2};
  Turns turns_{"queries", 2, 3};
  Diary diary_;
  Gate gate_;
};

TEST_F(TurnsTest, TheOthersWaitInOrder) {
  std::optional<Turns::Turn> first = take();
  const Turns::Turn second = take();
  for (int who = 0; who < 3; ++who) line_up(gate_, who);
  EXPECT_EQ(diary_.entries(), std::vector<int>{});
  EXPECT_EQ(turns_.statistics().taken, 2U);
  first.reset();
  run_blocking(gate_.wait());  // each gives its turn to the next
  EXPECT_EQ(diary_.entries(), (std::vector{0, 1, 2}));
  EXPECT_EQ(turns_.statistics().taken, 1U);
  EXPECT_EQ(turns_.statistics().waiting, 0U);
}

TEST_F(TurnsTest, WhoFindsTheLineFullIsRefused) {
  const Turns::Turn first = take();
  const Turns::Turn second = take();
  for (int who = 0; who < 3; ++who) line_up(gate_, who);
  const auto refused = run_blocking(turns_.take());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_EQ(turns_.statistics().refused, 1U);
  EXPECT_EQ(turns_.statistics().waiting, 3U);
}

TEST_F(TurnsTest, WhoIsCancelledLeavesTheLine) {
  std::optional<Turns::Turn> first = take();
  const Turns::Turn second = take();
  Gate leaving;
  line_up(gate_, 0);
  line_up(leaving, 1);
  line_up(gate_, 2);
  cancel_and_wait(leaving);
  EXPECT_EQ(turns_.statistics().waiting, 2U);
  first.reset();
  run_blocking(gate_.wait());
  EXPECT_EQ(diary_.entries(), (std::vector{0, 2}));
}

// Being given a turn and being cancelled at the same time, in either order, loses no turn.
TEST_F(TurnsTest, NoTurnIsLostWhereAWaiterIsCancelled) {
  for (int round = 0; round < 100; ++round) {
    std::optional<Turns::Turn> first = take();
    std::optional<Turns::Turn> second = take();
    Gate leaving;
    line_up(leaving, round);
    std::thread other([&first] { first.reset(); });
    leaving.cancel();
    second.reset();
    other.join();
    run_blocking(leaving.wait());
    EXPECT_EQ(turns_.statistics().taken, 0U);
    EXPECT_EQ(turns_.statistics().waiting, 0U);
  }
}

TEST_F(TurnsTest, IsSeenInTheMetrics) {
  metrics::Registry registry;
  const auto handle = turns_.collect(registry);
  const Turns::Turn first = take();
  const std::string text = registry.text();
  EXPECT_TRUE(text.contains("telegnosis_queries_running 1\n")) << text;
  EXPECT_TRUE(text.contains("telegnosis_queries_waiting 0\n")) << text;
  EXPECT_TRUE(text.contains("telegnosis_queries_refused_total 0\n")) << text;
}

}  // namespace
}  // namespace tg
