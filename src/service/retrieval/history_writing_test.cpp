// The history as users see it: written asynchronously, yet complete whenever it is read.

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "tests/support/error_of.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::retrieval {
namespace {

struct Unexpected {
  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    co_return internal("not expected");
  }
};

class HistoryWritingTest : public ::testing::Test {
 protected:
  void SetUp() override { loops_.start(); }
  void TearDown() override {
    run_blocking(service_.stop());
    loops_.stop();
  }

  static api::Call call_of(std::string user) {
    api::Call call;
    call.principal.user_id = std::move(user);
    return call;
  }
  Result<api::Done> record(std::string user, std::string question) {
    api::RecordRequest request{.query_id = Uuid::random().text()};
    request.reply.query = std::move(question);
    request.reply.response = "quoted words";
    request.reply.answered = true;
    return run_blocking(service_.record(call_of(std::move(user)), std::move(request)));
  }
  std::vector<std::string> questions(std::string user) {
    const auto list = run_blocking(service_.history(call_of(std::move(user)), {})).value();
    std::vector<std::string> questions;
    for (const auto& entry : list.items) questions.push_back(entry.query_text);
    return questions;
  }
  // Read around the service: what a crash would leave.
  std::int64_t written() {
    return run_blocking(sql::read<std::int64_t>(*database_,
                                                [](sql::Connection& c) -> Result<std::int64_t> {
                                                  TG_TRY(const auto rows,
                                                         c.run("SELECT count(*) FROM queries"));
                                                  return rows[0].integer(0);
                                                }))
        .value();
  }

  using Questions = std::vector<std::string>;
  FakeClock clock_;
  Loops loops_{1};
  ComputePool pool_{2, 64};
  testing::TemporaryDatabase database_{pool_};
  api::TelegramForward<Unexpected> telegram_{std::make_shared<Unexpected>()};
  api::VectorsForward<Unexpected> vectors_{std::make_shared<Unexpected>()};
  RetrievalService service_{*database_, pool_, clock_, loops_.next(), vectors_, telegram_, {}};
};

TEST_F(HistoryWritingTest, AQueryIsVisibleAtOnce) {
  ASSERT_TRUE(run_blocking(service_.start()));
  ASSERT_TRUE(record("ann", "where is the calf?"));
  EXPECT_EQ(questions("ann"), Questions{"where is the calf?"});
  EXPECT_EQ(written(), 1);
  EXPECT_EQ(questions("bob"), Questions{});
  ASSERT_TRUE(record("ann", "whose calf?"));
  const auto list =
      run_blocking(service_.suggest(call_of("ann"), {.partial_query = "wh", .limit = 10}));
  EXPECT_EQ(list.value().suggestions.size(), 2U);
}

TEST_F(HistoryWritingTest, ClearingForgetsWhatStillWaits) {
  ASSERT_TRUE(run_blocking(service_.start()));
  ASSERT_TRUE(record("bob", "mine?"));
  ASSERT_TRUE(record("ann", "where is the calf?"));
  ASSERT_TRUE(run_blocking(service_.clear_history(call_of("ann"), {})));
  EXPECT_EQ(questions("ann"), Questions{});
  EXPECT_EQ(questions("bob"), Questions{"mine?"});
}

TEST_F(HistoryWritingTest, StoppingWritesWhatWaits) {
  ASSERT_TRUE(run_blocking(service_.start()));
  for (int i = 0; i < 450; ++i) ASSERT_TRUE(record("ann", "question " + std::to_string(i)));
  run_blocking(service_.stop());
  EXPECT_EQ(written(), 450);
}

TEST_F(HistoryWritingTest, EntriesBeyondTheQueueAreRefusedAndCounted) {
  // Nothing is written before the start.
  int kept = 0;
  while (record("ann", "again?")) ASSERT_LT(++kept, 10'000);
  EXPECT_EQ(error_of(record("ann", "again?")).code, Code::unavailable);
  ASSERT_TRUE(run_blocking(service_.start()));
  const std::string metrics = metrics::process_registry().text();
  EXPECT_NE(metrics.find("telegnosis_history_dropped_total 2"), std::string::npos);
  run_blocking(service_.stop());
  EXPECT_EQ(written(), kept);
}

}  // namespace
}  // namespace tg::retrieval
