#include "service/gateway/gateway_service.hpp"

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::gateway {
namespace {

struct FakeRetrieval {
  bool keeps_history = true;
  std::vector<api::RecordRequest> kept;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M> in) {
    if constexpr (api::is_same_method<M, &api::Retrieval::retrieve>) {
      api::Retrieved found{.query_id = "q", .searched = in.query};
      found.results.push_back({.chunk_id = "c", .document_id = "d", .text = "t", .metadata = {}});
      co_return found;
    } else if constexpr (api::is_same_method<M, &api::Retrieval::record>) {
      if (!keeps_history) co_return overloaded("questions for the history");
      kept.push_back(std::move(in));
      co_return api::Done{};
    } else {
      co_return internal("not expected");
    }
  }
};

struct FakeGeneration {
  bool is_away = false;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    if (is_away) co_return unavailable("generation");
    if constexpr (api::is_same_method<M, &api::Generation::answer>) {
      co_return api::Answer{.response = "It is. [1]", .answered = true};
    } else {
      co_return internal("not expected");
    }
  }
};

class GatewayServiceTest : public testing::Test {
 protected:
  void SetUp() override { loops_.start(); }
  void TearDown() override {
    run_blocking(service_.stop());
    loops_.stop();
  }
  api::QueryReply ask(api::QueryRequest request = {.query = "is it?", .metadata = {}}) {
    return run_blocking(service_.query({}, std::move(request))).value();
  }

  FakeClock clock_;
  Loops loops_{1};
  std::shared_ptr<FakeRetrieval> history_ = std::make_shared<FakeRetrieval>();
  std::shared_ptr<FakeGeneration> answers_ = std::make_shared<FakeGeneration>();
  api::RetrievalForward<FakeRetrieval> retrieval_{history_};
  api::GenerationForward<FakeGeneration> generation_{answers_};
  GatewayService service_{retrieval_, generation_, clock_, loops_.next(), {}};
};

TEST_F(GatewayServiceTest, AReplySaysInWordsWhatIsMissingAndSinceWhen) {
  EXPECT_TRUE(ask().degraded.empty());
  answers_->is_away = true;
  history_->keeps_history = false;
  const UnixMillis since = clock_.wall();
  ask();
  clock_.advance(std::chrono::minutes(5));
  const api::QueryReply reply = ask();
  EXPECT_FALSE(reply.response);
  EXPECT_EQ(reply.results.size(), 1U) << "the results are worth having without an answer";
  ASSERT_EQ(reply.degraded.size(), 2U);
  EXPECT_EQ(reply.degraded[0].part, "generation");
  EXPECT_EQ(reply.degraded[1].part, "history");
  for (const api::Degraded& degraded : reply.degraded) {
    EXPECT_EQ(degraded.since, since);
    EXPECT_NE(degraded.reason.find(' '), std::string::npos) << degraded.reason << " is a code";
  }
  answers_->is_away = false;
  history_->keeps_history = true;
  EXPECT_TRUE(ask().degraded.empty());
  answers_->is_away = true;
  EXPECT_EQ(ask().degraded.at(0).since, clock_.wall());
}

TEST_F(GatewayServiceTest, TheHistoryHasTheThreeTypesOfTheApi) {
  using Strategy = api::RetrievalStrategy;
  ask({.query = "a", .metadata = {}});
  ask({.query = "b", .query_type = api::QueryType::keyword, .metadata = {}});
  ask({.query = "c",
       .query_type = api::QueryType::keyword,
       .retrieval_strategy = Strategy::vector_search,
       .metadata = {}});
  ASSERT_EQ(history_->kept.size(), 3U);
  EXPECT_EQ(history_->kept[0].query_type, api::HistoryType::hybrid);
  EXPECT_EQ(history_->kept[1].query_type, api::HistoryType::keyword);
  EXPECT_EQ(history_->kept[2].query_type, api::HistoryType::semantic);
}

}  // namespace
}  // namespace tg::gateway
