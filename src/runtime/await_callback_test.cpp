#include "runtime/await_callback.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <gtest/gtest.h>

#include "runtime/compute_pool.hpp"

namespace tg {
namespace {

Task<void> ask(ComputePool* pool, int* answers) {
  *answers += co_await await_callback<int>([&](auto done) {
    const bool taken = pool->submit([done] { done(1); });
    EXPECT_TRUE(taken);
  });
}

// The loop is destroyed with the result while the other thread may still be in post().
TEST(AwaitCallback, LetsTheLoopEndWithTheAnswer) {
  ComputePool pool(2, 8);
  int answers = 0;
  for (int i = 0; i < 300; ++i) {
    asio::io_context loop(1);
    asio::co_spawn(loop, ask(&pool, &answers), asio::detached);
    loop.run();
  }
  EXPECT_EQ(answers, 300);
}

Task<void> ask_at_once(int* answer) {
  *answer = co_await await_callback<int>([](auto done) { done(7); });
}

TEST(AwaitCallback, TakesAnAnswerFromTheLoopItself) {
  asio::io_context loop(1);
  int answer = 0;
  asio::co_spawn(loop, ask_at_once(&answer), asio::detached);
  loop.run();
  EXPECT_EQ(answer, 7);
}

}  // namespace
}  // namespace tg
