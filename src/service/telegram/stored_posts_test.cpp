#include "service/telegram/stored_posts.hpp"

#include <gtest/gtest.h>

#include "backend/outbox_bus.hpp"
#include "runtime/run_blocking.hpp"
#include "service/telegram/schema.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::telegram {
namespace {

class StoredPosts : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(run_blocking(database_->migrate(kMigrations))); }

  void write(std::function<Result<void>(sql::Connection&)> function) {
    ASSERT_TRUE(run_blocking(sql::write<void>(*database_, std::move(function))));
  }
  void add_post(std::int64_t channel, std::int64_t message) {
    write([=](sql::Connection& c) -> Result<void> {
      TG_TRY_VOID(
          c.run("INSERT INTO channels (channel_id, kind, bare_id, title, created_ms, "
                "updated_ms) VALUES ($1, 'channel', $1, 't', 0, 0) ON CONFLICT DO NOTHING",
                {channel}));
      TG_TRY_VOID(
          c.run("INSERT INTO posts (channel_id, message_id, document_id, version, text, "
                "date_ms, source, observed_ms) VALUES ($1, $2, $3, 2, 'x', 0, 0, 0)",
                {channel, message, std::to_string(message)}));
      return {};
    });
  }
  api::StoredPosts page(const api::StoredPostsQuery& query) {
    return run_blocking(sql::read<api::StoredPosts>(*database_,
                                                    [query, this](sql::Connection& c) {
                                                      return stored_posts(c, feed_, query);
                                                    }))
        .value();
  }

  ComputePool pool_{2, 64};
  testing::TemporaryDatabase database_{pool_};
  FakeClock clock_;
  std::unique_ptr<store::Bus> bus_ = backend::make_outbox_bus(*database_, clock_);
  Feed feed_{*bus_, *database_};
};

TEST_F(StoredPosts, ComeInPagesByTheirPlace) {
  add_post(-7, 3);  // of a private chat's id
  add_post(5, -9);  // migrated history
  add_post(5, 1);
  add_post(6, 2);
  std::vector<std::pair<std::int64_t, std::int64_t>> places;
  api::StoredPostsQuery query{.after_channel = {}, .after_message = {}, .limit = 2};
  for (auto posts = page(query).posts; !posts.empty(); posts = page(query).posts) {
    for (const api::StoredPost& post : posts) {
      places.emplace_back(post.channel_id, post.message_id);
      EXPECT_EQ(post.document_id, std::to_string(post.message_id));
      EXPECT_EQ(post.version, 2);
      EXPECT_FALSE(post.is_pending);
    }
    query.after_channel = places.back().first;
    query.after_message = places.back().second;
  }
  EXPECT_EQ(places,
            (std::vector<std::pair<std::int64_t, std::int64_t>>{{-7, 3}, {5, -9}, {5, 1}, {6, 2}}));
}

TEST_F(StoredPosts, SayWhatIsUnderWay) {
  add_post(5, 1);
  add_post(5, 2);
  write([this](sql::Connection& c) -> Result<void> {
    TG_TRY_VOID(feed_.post_changed(c, 5, 2));
    return feed_.channel_deleted(c, 8);
  });
  const api::StoredPosts all = page({});
  ASSERT_EQ(all.posts.size(), 2U);
  EXPECT_FALSE(all.posts[0].is_pending);
  EXPECT_TRUE(all.posts[1].is_pending);
  EXPECT_EQ(all.deleted_channels, std::vector<std::int64_t>{8});
}

}  // namespace
}  // namespace tg::telegram
