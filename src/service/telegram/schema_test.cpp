// Upgrades of databases that older versions wrote.
#include "service/telegram/schema.hpp"

#include <gtest/gtest.h>

#include "backend/outbox_bus.hpp"
#include "service/telegram/feed.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::telegram {
namespace {

class SchemaTest : public ::testing::Test {
 protected:
  // As a version before the bus wrote it.
  void write_old(const std::vector<std::string>& statements) {
    ASSERT_TRUE(run_blocking(database_->migrate(std::span(kMigrations).first(2))));
    const auto written = run_blocking(
        sql::write<void>(*database_, [&statements](sql::Connection& c) -> Result<void> {
          for (const std::string& statement : statements) TG_TRY_VOID(c.run(statement));
          return {};
        }));
    ASSERT_TRUE(written) << written.error().detail;
  }
  void migrate() {
    const auto done = run_blocking(database_->migrate(kMigrations));
    ASSERT_TRUE(done) << done.error().detail;
  }
  std::string ask(const std::string& question) {
    return run_blocking(sql::read<std::string>(
                            *database_,
                            [&question](sql::Connection& c) -> Result<std::string> {
                              std::string all;
                              TG_TRY_VOID(c.each(question, {}, [&all](const sql::Row& row) {
                                all += (all.empty() ? "" : " ") + row.text(0);
                                return true;
                              }));
                              return all;
                            }))
        .value();
  }
  static std::string channel(std::int64_t id, const std::string& kind, const std::string& name) {
    return fmt::format(
        "INSERT INTO channels (channel_id, kind, bare_id, title, username, created_ms, updated_ms) "
        "VALUES ({}, '{}', {}, 't', {}, 1, 1)",
        id, kind, id < 0 ? -id : id, name);
  }
  static std::string granted(std::int64_t id, const std::string& grantee) {
    return fmt::format("INSERT INTO channel_grants (channel_id, grantee) VALUES ({}, '{}')", id,
                       grantee);
  }
  static std::string import_job(const std::string& user, std::int64_t told, int at) {
    return fmt::format(
        "INSERT INTO jobs (id, kind, owner, state, request, result, created_ms, updated_ms) VALUES "
        "('{0}{2}', 'import', '{{\"user_id\":\"{0}\"}}', 'done', '{{}}', "
        "'{{\"channels\":[{{\"channel_id\":{1}}}]}}', {2}, 1)",
        user, told, at);
  }
  std::string grantees_of(std::int64_t id) {
    return ask(fmt::format(
        "SELECT grantee FROM channel_grants WHERE channel_id = {} ORDER BY grantee", id));
  }

  ComputePool pool_{2, 64};
  tg::testing::TemporaryDatabase database_{pool_};
};

TEST_F(SchemaTest, NumbersAreNoNames) {
  write_old({channel(1, "channel", "'durov'"), channel(2, "channel", "'1006503122'"),
             channel(-3, "group", "'-666'"), channel(4, "channel", "NULL"),
             channel(5, "channel", "'a1'")});
  migrate();
  EXPECT_EQ(ask("SELECT username FROM channels WHERE username IS NOT NULL ORDER BY channel_id"),
            "durov a1");
}

TEST_F(SchemaTest, WatchedChannelsAreReadAgainDownToTheirOldestPost) {
  const auto post = [](std::int64_t channel, std::int64_t id, int source) {
    return fmt::format(
        "INSERT INTO posts (channel_id, message_id, document_id, version, text, date_ms, source, "
        "observed_ms) VALUES ({}, {}, 'd', 1, 't', 1, {}, 1)",
        channel, id, source);
  };
  write_old({channel(1, "channel", "'durov'"), channel(2, "channel", "'other'"), post(1, 3, 0),
             post(1, 5, 1), post(1, 90, 1), post(2, 4, 1),
             "UPDATE channels SET watched = 1 WHERE channel_id = 1"});
  migrate();
  EXPECT_EQ(ask("SELECT coalesce(CAST(read_to AS TEXT), 'none') FROM channels ORDER BY channel_id"),
            "5 none");
}

TEST_F(SchemaTest, PrivateChatsAreTheirOwnersAgain) {
  write_old({channel(-1, "group", "NULL"), granted(-1, "space:default"), granted(-1, "user:ann"),
             channel(-2, "user", "NULL"), granted(-2, "space:default"), import_job("bob", -2, 5),
             import_job("eve", -2, 9), channel(-3, "group", "NULL"), granted(-3, "space:default"),
             channel(7, "channel", "NULL"), granted(7, "space:default"), import_job("eve", 7, 1)});
  migrate();
  EXPECT_EQ(grantees_of(-1), "user:ann");
  EXPECT_EQ(grantees_of(-2), "user:bob") << "whose import came first";
  EXPECT_EQ(grantees_of(-3), "") << "nobody knows whose it is";
  EXPECT_EQ(grantees_of(7), "space:default");
}

TEST_F(SchemaTest, AChatThatTwoUsersSharedStaysWithTheFirst) {
  write_old({channel(-5, "user", "NULL"), granted(-5, "user:bob"), granted(-5, "user:ann"),
             channel(-6, "user", "NULL"), granted(-6, "user:eve")});
  migrate();
  EXPECT_EQ(grantees_of(-5), "user:bob");
  EXPECT_EQ(ask("SELECT account FROM channels ORDER BY channel_id DESC"), "bob eve");
}

// Old imports are not known to come from Telegram: guests lose them until they are read there.
TEST_F(SchemaTest, PostsOfFilesAreIndexedAgainAsNotShared) {
  const auto post = [](std::int64_t of, int message, int source) {
    return fmt::format(
        "INSERT INTO posts (channel_id, message_id, document_id, version, text, date_ms, source, "
        "observed_ms) VALUES ({}, {}, 'd', 1, 'a', 1, {}, 1)",
        of, message, source);
  };
  write_old({channel(77, "channel", "NULL"), post(77, 1, 0), post(77, 2, 1), post(77, 3, 2),
             channel(-5, "user", "NULL"), post(-5, 4, 0)});
  migrate();
  EXPECT_EQ(
      ask("SELECT CAST(message_id AS TEXT) FROM posts WHERE is_shared = 1 ORDER BY message_id"),
      "2 4");
  FakeClock clock;
  const auto bus = backend::make_outbox_bus(*database_, clock);
  Feed feed(*bus, *database_);
  std::string told;
  for (const api::PostEvent& event : run_blocking(feed.take("document", {})).value())
    told += fmt::format("{}:{} ", event.post.message_id, event.is_shared);
  EXPECT_EQ(told, "1:false 3:false ");
}

TEST_F(SchemaTest, WhatIsNotSearchableYetGoesOntoTheBus) {
  write_old({channel(77, "channel", "NULL"),
             "INSERT INTO posts (channel_id, message_id, document_id, version, text, date_ms, "
             "source, observed_ms) VALUES (77, 5, 'd', 1, 'a', 1, 1, 1)",
             "INSERT INTO outbox VALUES (11, 'e1', 'post', 77, 5)",
             "INSERT INTO outbox VALUES (12, 'e2', 'channel_deleted', 78, 0)",
             "UPDATE outbox_position SET last_sequence = 40"});
  migrate();
  FakeClock clock;
  const auto bus = backend::make_outbox_bus(*database_, clock);
  Feed feed(*bus, *database_);
  EXPECT_EQ(run_blocking(feed.pending(11)).value(), 1);
  const auto taken = run_blocking(feed.take("document", {})).value();
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken[0].sequence, 11);
  EXPECT_EQ(taken[0].event_id, "e1");
  EXPECT_EQ(taken[0].kind, api::PostEventKind::post);
  EXPECT_EQ(taken[0].post.text, "a");
  EXPECT_EQ(taken[1].kind, api::PostEventKind::channel_deleted);
  EXPECT_EQ(taken[1].post.channel_id, 78);
  ASSERT_TRUE(run_blocking(feed.acknowledge({11, 12})));
  const auto next = run_blocking(
      sql::write<std::int64_t>(*database_, [&feed](sql::Connection& c) -> Result<std::int64_t> {
        TG_TRY_VOID(feed.post_changed(c, 77, 5));
        return feed.newest(c);
      }));
  EXPECT_EQ(next.value(), 41) << "no place that was given before";
}

}  // namespace
}  // namespace tg::telegram
