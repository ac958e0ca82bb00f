#include "runtime/async_semaphore.hpp"

#include <thread>

#include <gtest/gtest.h>

#include "runtime/gate.hpp"
#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"

namespace tg {
namespace {

// Records what tasks did, in order.
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

Task<void> wait_and_note(AsyncSemaphore* semaphore, int who, Diary* diary) {
  const auto turn = co_await semaphore->acquire();
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
  // Returns when the task waits in the queue.
  void line_up(Gate& gate, int who) {
    const std::size_t before = semaphore_.statistics().waiting;
    ASSERT_TRUE(gate.spawn(loops_.next(), wait_and_note(&semaphore_, who, &diary_)));
    while (semaphore_.statistics().waiting == before) std::this_thread::yield();
  }
  AsyncSemaphore::Permit acquire() { return run_blocking(semaphore_.acquire()).value(); }
  void cancel_and_wait(Gate& gate) {
    gate.cancel();
    run_blocking(gate.wait());
  }

  Loops loops_{2};
  AsyncSemaphore semaphore_{"queries", 2, 3};
  Diary diary_;
  Gate gate_;
};

TEST_F(TurnsTest, WaitersAreServedInOrder) {
  std::optional<AsyncSemaphore::Permit> first = acquire();
  const AsyncSemaphore::Permit second = acquire();
  for (int who = 0; who < 3; ++who) line_up(gate_, who);
  EXPECT_EQ(diary_.entries(), std::vector<int>{});
  EXPECT_EQ(semaphore_.statistics().taken, 2U);
  first.reset();
  run_blocking(gate_.wait());  // each passes its permit to the next
  EXPECT_EQ(diary_.entries(), (std::vector{0, 1, 2}));
  EXPECT_EQ(semaphore_.statistics().taken, 1U);
  EXPECT_EQ(semaphore_.statistics().waiting, 0U);
}

TEST_F(TurnsTest, AFullQueueRejects) {
  const AsyncSemaphore::Permit first = acquire();
  const AsyncSemaphore::Permit second = acquire();
  for (int who = 0; who < 3; ++who) line_up(gate_, who);
  const auto refused = run_blocking(semaphore_.acquire());
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_EQ(semaphore_.statistics().refused, 1U);
  EXPECT_EQ(semaphore_.statistics().waiting, 3U);
}

TEST_F(TurnsTest, ACancelledWaiterLeavesTheQueue) {
  std::optional<AsyncSemaphore::Permit> first = acquire();
  const AsyncSemaphore::Permit second = acquire();
  Gate leaving;
  line_up(gate_, 0);
  line_up(leaving, 1);
  line_up(gate_, 2);
  cancel_and_wait(leaving);
  EXPECT_EQ(semaphore_.statistics().waiting, 2U);
  first.reset();
  run_blocking(gate_.wait());
  EXPECT_EQ(diary_.entries(), (std::vector{0, 2}));
}

// Granting a permit and cancelling the waiter at the same time, in either order, loses no permit.
TEST_F(TurnsTest, NoPermitIsLostWhenAWaiterIsCancelled) {
  for (int round = 0; round < 100; ++round) {
    std::optional<AsyncSemaphore::Permit> first = acquire();
    std::optional<AsyncSemaphore::Permit> second = acquire();
    Gate leaving;
    line_up(leaving, round);
    std::thread other([&first] { first.reset(); });
    leaving.cancel();
    second.reset();
    other.join();
    run_blocking(leaving.wait());
    EXPECT_EQ(semaphore_.statistics().taken, 0U);
    EXPECT_EQ(semaphore_.statistics().waiting, 0U);
  }
}

TEST_F(TurnsTest, IsSeenInTheMetrics) {
  metrics::Registry registry;
  const auto handle = semaphore_.collect(registry);
  const AsyncSemaphore::Permit first = acquire();
  const std::string text = registry.text();
  EXPECT_TRUE(text.contains("telegnosis_queries_running 1\n")) << text;
  EXPECT_TRUE(text.contains("telegnosis_queries_waiting 0\n")) << text;
  EXPECT_TRUE(text.contains("telegnosis_queries_refused_total 0\n")) << text;
}

}  // namespace
}  // namespace tg
