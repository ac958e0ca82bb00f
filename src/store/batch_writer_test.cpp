#include "store/batch_writer.hpp"

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "tests/support/error_of.hpp"

namespace tg::store {
namespace {

// The destination of batches, which can be made unavailable.
class Shelf {
 public:
  Task<Result<void>> put(std::shared_ptr<const std::vector<int>> batch) {
    const std::scoped_lock lock(mutex_);
    ++tries_;
    if (away_) co_return unavailable("shelf");
    batches_.push_back(*batch);
    co_return Result<void>();
  }
  void set_away(bool away) {
    const std::scoped_lock lock(mutex_);
    away_ = away;
  }
  std::vector<std::vector<int>> batches() {
    const std::scoped_lock lock(mutex_);
    return batches_;
  }
  int tries() {
    const std::scoped_lock lock(mutex_);
    return tries_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::vector<int>> batches_;
  bool away_ = false;
  int tries_ = 0;
};

class BatchWriterTest : public ::testing::Test {
 protected:
  using Batches = std::vector<std::vector<int>>;
  void SetUp() override { loops_.start(); }
  void TearDown() override {
    run_blocking(writer_.stop());
    loops_.stop();
  }
  void push(int from, int to) {
    for (int i = from; i < to; ++i) writer_.push(i);
  }

  Loops loops_{1};
  Shelf shelf_;
  // The interval is longer than any test: writes are caused by full batches, flush() or stop().
  BatchWriter<int> writer_{
      {.name = "things", .queue = 5, .batch = 3, .interval = std::chrono::hours(1)},
      [this](std::shared_ptr<const std::vector<int>> batch) { return shelf_.put(batch); }};
};

TEST_F(BatchWriterTest, WritesInBatchesAndDropsWhenFull) {
  push(0, 7);
  EXPECT_EQ(writer_.queued(), 5U);
  EXPECT_EQ(writer_.dropped(), 2U);
  writer_.start(loops_.next());
  ASSERT_TRUE(run_blocking(writer_.flush()));
  EXPECT_EQ(shelf_.batches(), (Batches{{0, 1, 2}, {3, 4}}));
  EXPECT_EQ(writer_.queued(), 0U);
  EXPECT_TRUE(writer_.push(7));  // there is room again
}

TEST_F(BatchWriterTest, FlushingAnEmptyQueueWritesNothing) {
  writer_.start(loops_.next());
  ASSERT_TRUE(run_blocking(writer_.flush()));
  EXPECT_EQ(shelf_.tries(), 0);
}

TEST_F(BatchWriterTest, AFlushReportsTheErrorAndTheBatchIsRetriedUnchanged) {
  shelf_.set_away(true);
  push(0, 2);
  writer_.start(loops_.next());
  EXPECT_EQ(error_of(run_blocking(writer_.flush())).code, Code::unavailable);
  EXPECT_EQ(writer_.queued(), 2U);
  push(2, 4);
  shelf_.set_away(false);
  ASSERT_TRUE(run_blocking(writer_.flush()));
  EXPECT_EQ(shelf_.batches(), (Batches{{0, 1}, {2, 3}}));
}

TEST_F(BatchWriterTest, StoppingWritesTheRest) {
  writer_.start(loops_.next());
  push(0, 5);
  run_blocking(writer_.stop());
  std::vector<int> all;
  for (const auto& batch : shelf_.batches()) all.insert(all.end(), batch.begin(), batch.end());
  EXPECT_EQ(all, (std::vector{0, 1, 2, 3, 4}));
  EXPECT_FALSE(writer_.push(9));
}

TEST_F(BatchWriterTest, StoppingDoesNotWaitForAnUnavailableStore) {
  shelf_.set_away(true);
  push(0, 2);
  writer_.start(loops_.next());
  run_blocking(writer_.stop());
  EXPECT_GE(shelf_.tries(), 1);
  EXPECT_EQ(writer_.queued(), 2U);
  EXPECT_FALSE(run_blocking(writer_.flush()));
}

TEST_F(BatchWriterTest, CountsQueuedAndDroppedItems) {
  push(0, 6);
  writer_.start(loops_.next());
  const std::string text = metrics::process_registry().text();
  EXPECT_NE(text.find("telegnosis_things_dropped_total 1"), std::string::npos) << text;
  EXPECT_NE(text.find("telegnosis_things_queued"), std::string::npos);
}

}  // namespace
}  // namespace tg::store
