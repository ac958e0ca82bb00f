#include "service/telegram/job_queue.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace tg::telegram {
namespace {

TEST(JobQueue, LimitsWhatRunsAndKeepsTheOrder) {
  Notifier changed;
  JobQueue queue(2, changed);
  std::optional<JobQueue::Entry> first(queue.add());
  std::optional<JobQueue::Entry> second(queue.add());
  std::optional<JobQueue::Entry> third(queue.add());
  const JobQueue::Entry fourth = queue.add();
  EXPECT_TRUE(first->may_run());
  EXPECT_TRUE(second->may_run());
  EXPECT_FALSE(third->may_run());
  const auto seen = changed.version();
  second.reset();
  EXPECT_NE(changed.version(), seen);
  EXPECT_TRUE(third->may_run());
  EXPECT_FALSE(fourth.may_run());
  third.reset();
  EXPECT_TRUE(fourth.may_run());
}

TEST(JobQueue, AJobThatLeavesTheQueueTakesNoTurn) {
  Notifier changed;
  JobQueue queue(1, changed);
  std::optional<JobQueue::Entry> first(queue.add());
  std::optional<JobQueue::Entry> cancelled(queue.add());
  JobQueue::Entry third = queue.add();
  cancelled.reset();
  EXPECT_FALSE(third.may_run());
  const JobQueue::Entry moved = std::move(third);
  first.reset();
  EXPECT_TRUE(moved.may_run());
}

}  // namespace
}  // namespace tg::telegram
