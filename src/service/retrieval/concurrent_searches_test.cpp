// The limit of concurrent searches.

#include <thread>

#include <gtest/gtest.h>

#include "runtime/gate.hpp"
#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "service/retrieval/retrieval_fixture.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::retrieval {
namespace {

// An index that blocks until let_go().
struct SlowIndex {
  std::atomic<int> asked = 0;
  std::atomic<bool> answers = false;
  Notifier changed;

  void let_go() {
    answers = true;
    changed.notify();
  }
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    if constexpr (api::is_same_method<M, &api::Vectors::find>) {
      ++asked;
      while (!answers) {
        const auto seen = changed.version();
        if (!answers) co_await changed.wait_after(seen, std::chrono::hours(1));
      }
      co_return api::IndexHits{};
    } else {
      co_return internal("not expected");
    }
  }
};

Task<void> search(RetrievalService* service, std::atomic<int>* found) {
  if (co_await service->search({}, {.query = "words"})) ++*found;
}

TEST(ConcurrentSearches, SearchesAreLimitedQueuedAndRefused) {
  Loops loops(2);
  loops.start();
  FakeClock clock;
  ComputePool pool(1, 3);
  testing::TemporaryDatabase database(pool);
  const auto index = std::make_shared<SlowIndex>();
  api::TelegramForward<NoGrants> telegram(std::make_shared<NoGrants>());
  api::VectorsForward<SlowIndex> vectors(index);
  RetrievalService service(*database, pool, clock, loops.next(), vectors, telegram, {});
  ASSERT_TRUE(run_blocking(service.start()));
  const auto waiting = [&service] {
    return run_blocking(service.health({}, {}))
        .value()
        .details.at("searches_waiting")
        .to_number<int>();
  };
  Gate gate;
  std::atomic<int> found = 0;
  for (int i = 0; i < 5; ++i) gate.spawn(loops.next(), search(&service, &found));
  while (index->asked < 2 || waiting() < 3) std::this_thread::yield();
  const auto refused = run_blocking(service.search({}, {.query = "words"}));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::unavailable);
  EXPECT_TRUE(refused.error().retry_after.has_value());
  EXPECT_EQ(index->asked, 2);
  index->let_go();
  run_blocking(gate.wait());
  EXPECT_EQ(found, 5);
  EXPECT_EQ(index->asked, 5);
  run_blocking(service.stop());
  loops.stop();
}

}  // namespace
}  // namespace tg::retrieval
