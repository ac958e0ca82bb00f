#include "runtime/run_in_gate.hpp"

#include <atomic>

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"

namespace tg {
namespace {

class RunInGateTest : public ::testing::Test {
 protected:
  void SetUp() override { loops_.start(); }
  void TearDown() override {
    for (Gate* gate : {&callers_, &gate_}) {
      gate->close();
      gate->cancel();
      run_blocking(gate->wait());
    }
  }

  // Two steps with a wait between them.
  Task<Result<int>> work() {
    started_ = true;
    changed_.notify();
    while (true) {
      const auto seen = go_.version();
      if (go_on_) break;
      co_await go_.wait_after(seen, std::chrono::seconds(10));
    }
    finished_ = true;
    co_return 7;
  }
  Task<void> ask() {
    const auto answer = co_await run_in_gate(&gate_, loops_.next(), work());
    if (answer) heard_ = *answer;
  }
  void let_go_on() {
    go_on_ = true;
    go_.notify();
  }
  void wait_until_started() {
    while (true) {
      const auto seen = changed_.version();
      if (started_) return;
      run_blocking(changed_.wait_after(seen, std::chrono::seconds(10)));
    }
  }

  Loops loops_{2};
  Gate callers_;
  Gate gate_;
  Notifier changed_;
  Notifier go_;
  std::atomic<bool> started_ = false;
  std::atomic<bool> go_on_ = false;
  std::atomic<bool> finished_ = false;
  std::atomic<int> heard_ = 0;
};

TEST_F(RunInGateTest, TheResultComesBack) {
  let_go_on();
  EXPECT_EQ(run_blocking(run_in_gate(&gate_, loops_.next(), work())), 7);
}

TEST_F(RunInGateTest, TheTaskGoesOnWhenItsCallerIsCancelled) {
  callers_.spawn(loops_.next(), ask());
  wait_until_started();
  callers_.cancel();
  let_go_on();
  callers_.close();
  run_blocking(callers_.wait());
  EXPECT_TRUE(finished_);
}

TEST_F(RunInGateTest, AGateThatClosesIsAnError) {
  gate_.close();
  const auto refused = run_blocking(run_in_gate(&gate_, loops_.next(), work()));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().reason, "stopping");
  EXPECT_FALSE(started_);
}

TEST_F(RunInGateTest, AGateThatCancelsEndsTheTask) {
  callers_.spawn(loops_.next(), ask());
  wait_until_started();
  gate_.cancel();
  callers_.close();
  run_blocking(callers_.wait());
  EXPECT_FALSE(finished_);
  EXPECT_EQ(heard_, 0);
}

}  // namespace
}  // namespace tg
