// Usage events of the retrieval service.

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "service/retrieval/retrieval_fixture.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "tests/support/temporary_database.hpp"
#include "tests/support/usage_conformance.hpp"

namespace tg::retrieval {
namespace {

struct TwoHits {
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    if constexpr (api::is_same_method<M, &api::Vectors::find>) {
      api::IndexHits hits;
      for (const char* id : {"a", "b"}) {
        api::IndexHit& hit = hits.hits.emplace_back();
        hit.chunk.chunk_id = hit.chunk.document_id = hit.chunk.cluster = id;
        hit.chunk.text = std::string("words of ") + id;
        hit.score = hit.rank_score = 0.5;
      }
      co_return hits;
    } else {
      co_return internal("not expected");
    }
  }
};

class UsageTest : public ::testing::Test {
 protected:
  void SetUp() override { loops_.start(); }
  void TearDown() override { loops_.stop(); }

  // Searches once, records one answer and stops, which flushes the events.
  void ask_once(RetrievalSettings settings) {
    RetrievalService service(*database_, pool_, clock_, loops_.next(), vectors_, telegram_,
                             settings, usage_.get());
    ASSERT_TRUE(run_blocking(service.start()));
    api::Call call;
    call.principal.user_id = "ann";
    ASSERT_TRUE(run_blocking(service.search(call, {.query = "secret words"})));
    api::RecordRequest record;
    record.query_id = Uuid::random().text();
    record.reply.query = "secret words";
    record.reply.processing_time_ms = 12.5;
    record.reply.results.resize(3);
    ASSERT_TRUE(run_blocking(service.record(call, record)));
    run_blocking(service.stop());
  }
  std::vector<store::UsageSums> sums(store::UsageQuery::Group group) {
    return run_blocking(usage_->sums({.type = {},
                                      .from = clock_.wall() - std::chrono::hours(1),
                                      .until = clock_.wall() + std::chrono::hours(1),
                                      .group = group}))
        .value();
  }

  using Group = store::UsageQuery::Group;
  FakeClock clock_;
  Loops loops_{1};
  ComputePool pool_{2, 64};
  testing::TemporaryDatabase database_{pool_};
  std::unique_ptr<store::UsageEvents> usage_ = tg::testing::make_memory_usage_events();
  api::TelegramForward<NoGrants> telegram_{std::make_shared<NoGrants>()};
  api::VectorsForward<TwoHits> vectors_{std::make_shared<TwoHits>()};
};

TEST_F(UsageTest, ASearchAndAnAnswerAreCounted) {
  ask_once({});
  const auto types = sums(Group::type);
  ASSERT_EQ(types.size(), 2U);
  EXPECT_EQ(types[0].group, "query.processed");
  EXPECT_EQ(types[0].items, 3);
  EXPECT_DOUBLE_EQ(types[0].mean_ms, 12.5);
  EXPECT_EQ(types[1].group, "retrieval.completed");
  EXPECT_EQ(types[1].count, 1);
  EXPECT_EQ(types[1].items, 2);
  EXPECT_EQ(sums(Group::user)[0].group, "ann");
}

TEST_F(UsageTest, WithoutHistoryNobodyIsNamed) {
  ask_once({.keep_history = false});
  const auto users = sums(Group::user);
  ASSERT_EQ(users.size(), 1U);
  EXPECT_EQ(users[0].group, "");
  EXPECT_EQ(users[0].count, 2);
}

// A store of usage events that records calls.
class Watched final : public store::UsageEvents {
 public:
  std::vector<std::string> copies;
  std::vector<std::string> damage;
  Task<Result<void>> append(std::vector<store::UsageEvent>) override { co_return Result<void>(); }
  Task<Result<std::vector<store::UsageSums>>> sums(store::UsageQuery) override {
    co_return std::vector<store::UsageSums>();
  }
  Task<Result<std::int64_t>> forget_before(UnixMillis) override { co_return 0; }
  Task<Result<std::vector<std::string>>> check() override { co_return damage; }
  Task<Result<void>> copy_to(std::string file) override {
    copies.push_back(file);
    co_return Result<void>();
  }
};

TEST_F(UsageTest, AreCheckedAndCopiedWithTheHistory) {
  Watched watched;
  RetrievalService service(*database_, pool_, clock_, loops_.next(), vectors_, telegram_, {},
                           &watched);
  ASSERT_TRUE(run_blocking(service.start()));
  EXPECT_TRUE(run_blocking(service.fsck({}, {})).value().violations.empty());
  watched.damage = {"a page is torn"};
  EXPECT_EQ(run_blocking(service.fsck({}, {})).value().violations,
            std::vector<std::string>{"usage events: a page is torn"});
  const auto folder = database_.folder() / "copy";
  ASSERT_TRUE(run_blocking(service.backup({}, {folder.string()})));
  EXPECT_TRUE(std::filesystem::exists(folder / "retrieval" / "retrieval.db"));
  EXPECT_EQ(watched.copies, std::vector<std::string>{(folder / "retrieval" / "usage.db").string()});
  run_blocking(service.stop());
}

}  // namespace
}  // namespace tg::retrieval
