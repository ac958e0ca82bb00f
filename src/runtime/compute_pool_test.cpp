#include "runtime/compute_pool.hpp"

#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

namespace tg {
namespace {

Task<void> collect(ComputePool* pool, int value, Result<int>* out) {
  *out = co_await pool->run([value]() -> Result<int> { return value * 2; });
}

TEST(ComputePool, RunsWorkAndReturnsToTheLoop) {
  ComputePool pool(2, 8);
  asio::io_context loop;
  Result<int> out = 0;
  asio::co_spawn(loop, collect(&pool, 21, &out), asio::detached);
  loop.run();
  EXPECT_EQ(out.value(), 42);
}

TEST(ComputePool, ShedsLoadWhenTheQueueIsFull) {
  ComputePool pool(1, 1);
  std::promise<void> started;
  std::promise<void> gate;
  auto open = gate.get_future().share();
  ASSERT_TRUE(pool.submit([&started, open] {
    started.set_value();
    open.wait();
  }));
  started.get_future().wait();
  ASSERT_TRUE(pool.submit([] {}));
  asio::io_context loop;
  Result<int> out = 0;
  asio::co_spawn(loop, collect(&pool, 1, &out), asio::detached);
  loop.run();
  ASSERT_FALSE(out.has_value());
  EXPECT_EQ(out.error().code, Code::unavailable);
  EXPECT_TRUE(out.error().retry_after.has_value());
  const ComputePool::Statistics now = pool.statistics();
  EXPECT_EQ(now.running, 1U);
  EXPECT_EQ(now.queued, 1U);
  EXPECT_EQ(now.refused, 1U);
  gate.set_value();
}

TEST(ComputePool, IsSeenInTheMetrics) {
  metrics::Registry registry;
  ComputePool pool(2, 8);
  const auto handle = pool.collect(registry, "search");
  asio::io_context loop;
  Result<int> out = 0;
  asio::co_spawn(loop, collect(&pool, 1, &out), asio::detached);
  loop.run();
  while (pool.statistics().done == 0) std::this_thread::yield();
  const std::string text = registry.text();
  EXPECT_TRUE(text.contains("telegnosis_compute_threads{pool=\"search\"} 2\n")) << text;
  EXPECT_TRUE(text.contains("telegnosis_compute_done_total{pool=\"search\"} 1\n"));
  EXPECT_TRUE(text.contains("telegnosis_compute_wait_seconds_count{pool=\"search\"} 1\n"));
  EXPECT_TRUE(text.contains("telegnosis_compute_run_seconds_count{pool=\"search\"} 1\n"));
}

}  // namespace
}  // namespace tg
