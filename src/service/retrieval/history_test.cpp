#include "service/retrieval/history.hpp"

#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"
#include "service/retrieval/schema.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::retrieval {
namespace {

using Type = api::HistoryType;

class HistoryTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(run_blocking(database_->migrate(kMigrations))); }

  void record(std::string id, std::string user, Type type) {
    api::RecordRequest request{.query_id = id, .query_type = type};
    request.reply.query = "about " + id;
    request.reply.model_name = "extractive";
    ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [&](sql::Connection& c) {
      return record_queries(c, {{user, from_millis(++now_), request}});
    })));
  }
  std::vector<std::string> ids(std::string user, api::HistoryQuery query) {
    const auto list =
        run_blocking(sql::read<api::Listed<api::HistoryEntry>>(*database_, [&](sql::Connection& c) {
          return load_history(c, user, query);
        })).value();
    total_ = list.total;
    std::vector<std::string> ids;
    for (const api::HistoryEntry& entry : list.items) {
      EXPECT_EQ(entry.model_name, "extractive");
      ids.push_back(entry.query_id);
    }
    return ids;
  }

  bool is_there(std::string user, api::QueryId id) {
    return run_blocking(
               sql::read<api::QueryReply>(
                   *database_, [&](sql::Connection& c) { return load_query(c, user, id); }))
        .has_value();
  }

  using Ids = std::vector<std::string>;
  ComputePool pool_{1, 8};
  testing::TemporaryDatabase database_{pool_};
  std::int64_t now_ = 0;
  std::int64_t total_ = 0;
};

TEST_F(HistoryTest, HoldsQueriesAndGenerationsAndTellsThemApart) {
  record("q1", "ann", Type::hybrid);
  record("g1", "ann", Type::generation);
  record("q2", "ann", Type::hybrid);
  record("g2", "ann", Type::generation);
  record("g3", "bob", Type::generation);
  EXPECT_EQ(ids("ann", {}), (Ids{"q2", "q1"}));
  EXPECT_EQ(total_, 2);
  EXPECT_EQ(ids("ann", {.query_type = Type::generation}), (Ids{"g2", "g1"}));
  EXPECT_EQ(total_, 2);
  EXPECT_EQ(ids("ann", {.skip = 1, .limit = 1, .query_type = Type::generation}), Ids{"g1"});
  EXPECT_EQ(total_, 2);
  EXPECT_TRUE(is_there("ann", {.query_id = "q1"}));
  EXPECT_FALSE(is_there("ann", {.query_id = "g1"})) << "a generation is no query";
  EXPECT_TRUE(is_there("ann", {"g1", Type::generation}));
  EXPECT_FALSE(is_there("ann", {"q1", Type::generation})) << "a query is no generation";
}

TEST_F(HistoryTest, IsForgottenWholeAndForItsAskerAlone) {
  record("q1", "ann", Type::hybrid);
  record("g1", "ann", Type::generation);
  record("g2", "bob", Type::generation);
  ASSERT_TRUE(run_blocking(
      sql::write<void>(*database_, [](sql::Connection& c) { return clear_history(c, "ann"); })));
  EXPECT_EQ(ids("ann", {}), Ids{});
  EXPECT_EQ(ids("ann", {.query_type = Type::generation}), Ids{});
  EXPECT_EQ(ids("bob", {.query_type = Type::generation}), Ids{"g2"});
  ASSERT_TRUE(run_blocking(sql::write<void>(
      *database_, [this](sql::Connection& c) { return forget_before(c, from_millis(now_ + 1)); })));
  EXPECT_EQ(ids("bob", {.query_type = Type::generation}), Ids{});
}

}  // namespace
}  // namespace tg::retrieval
