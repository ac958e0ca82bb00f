// Watching: new posts, edits in the visible window, restarts.
#include "runtime/fault.hpp"
#include "service/telegram/telegram_fixture.hpp"

namespace tg::telegram {
namespace {

using fixture::PostSpec;

class WatchTest : public fixture::TelegramTest {
 protected:
  void SetUp() override {
    TelegramTest::SetUp();
    close();
    open(true);
  }
  static PostSpec post(std::int64_t id, std::string text = {}, bool edited = false) {
    return {.id = id,
            .text = text.empty() ? "пост " + std::to_string(id) : std::move(text),
            .edited = edited};
  }
  static std::vector<PostSpec> posts(std::int64_t count) {
    std::vector<PostSpec> made;
    for (std::int64_t id = 1; id <= count; ++id) made.push_back(post(id));
    return made;
  }
  std::optional<bool> is_watched(const std::string& name) {
    for (const auto& channel : run_blocking(service_->channels(call(), {}))->data.channels) {
      if (channel.username == name) return channel.watched;
    }
    return std::nullopt;
  }
};

TEST_F(WatchTest, NewPostsAreStoredAsRealtime) {
  preview_.put("polar_station", 77, {post(1), post(2)});
  added("polar_station", 1000, true);
  EXPECT_EQ(is_watched("polar_station"), true);
  preview_.put("polar_station", 77, {post(1), post(2), post(3)});
  let_watch_round();
  const auto stored = messages("77");
  ASSERT_EQ(stored.size(), 3U);
  EXPECT_EQ(stored[0].sync_type, api::SyncType::realtime);
  EXPECT_EQ(stored[1].sync_type, api::SyncType::historical);
}

TEST_F(WatchTest, MissedPostsAreReadPageByPage) {
  preview_.put("polar_station", 77, {post(1)});
  added("polar_station", 1000, true);
  std::vector<PostSpec> many;
  for (int i = 1; i <= 8; ++i) many.push_back(post(i));
  preview_.put("polar_station", 77, many);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 8U);
}

// Whatever stores newer posts, those before them are still read.
TEST_F(WatchTest, AParseLeavesNoGapBehind) {
  preview_.put("polar_station", 77, posts(4));
  added("polar_station", 1000, true);
  preview_.put("polar_station", 77, posts(20));
  ASSERT_TRUE(
      run_blocking(service_->parse(call(), {.channel_username = "polar_station", .limit = 2})));
  EXPECT_EQ(messages("77").size(), 6U);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 20U);
}

TEST_F(WatchTest, ASyncWithALimitLeavesNoGapBehind) {
  preview_.put("polar_station", 77, posts(4));
  added("polar_station", 1000, true);
  preview_.put("polar_station", 77, posts(20));
  finished(run_blocking(service_->sync(call(), {.id = "77", .limit = 2}))->data.job_id);
  finished(run_blocking(service_->add(call(), {.channel = "polar_station", .limit = 3}))->job_id);
  EXPECT_EQ(messages("77").size(), 7U);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 20U);
}

TEST_F(WatchTest, AnImportedPostLeavesNoGapBehind) {
  preview_.put("polar_station", 77, posts(4));
  added("polar_station", 1000, true);
  imported(
      R"({"name":"К","type":"public_channel","id":77,"messages":[{"id":4000000,"type":"message",)"
      R"("date_unixtime":"1735800000","text":"далеко"}]})");
  preview_.put("polar_station", 77, posts(20));
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 21U);
}

TEST_F(WatchTest, ARoundThatBreaksOffGoesOnAtTheNextTurn) {
  preview_.put("polar_station", 77, posts(4));
  added("polar_station", 1000, true);
  preview_.put("polar_station", 77, posts(20));
  preview_.refuse_next({{200, 0}, {503, 0}});
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 7U);
  close();
  preview_.put("polar_station", 77, posts(30));
  open(true);
  let_watch_round();  // the newest page, and the rest of the gap
  EXPECT_EQ(messages("77").size(), 23U);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 30U);
}

TEST_F(WatchTest, ManyPostsAreReadInSeveralRounds) {
  preview_.put("polar_station", 77, posts(4));
  added("polar_station", 1000, true);
  preview_.put("polar_station", 77, posts(200));  // 66 pages
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 4U + 150U);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 200U);
}

TEST_F(WatchTest, TheLimitThatWasAskedForIsTheBeginning) {
  preview_.put("polar_station", 77, posts(20));
  added("polar_station", 3, true);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 3U);
}

TEST_F(WatchTest, AFullDiskPausesReading) {
  preview_.put("polar_station", 77, posts(2));
  added("polar_station", 1000, true);
  preview_.put("polar_station", 77, posts(5));
  close();
  keep_free_bytes_ = 1ULL << 62;
  open(true);
  let_watch_round();
  const auto parsed = run_blocking(service_->parse(call(), {.channel_username = "polar_station"}));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().reason, "disk.low");
  EXPECT_EQ(messages("77").size(), 2U);
  close();
  keep_free_bytes_ = 0;
  open(true);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 5U);
}

TEST_F(WatchTest, AnEditMakesOneNewVersion) {
  preview_.put("polar_station", 77, {post(1), post(2)});
  added("polar_station", 1000, true);
  preview_.put("polar_station", 77, {post(1), post(2, "исправлено", true)});
  let_watch_round();
  EXPECT_EQ(messages("77")[0].text, "исправлено");
  EXPECT_EQ(versions(), 3);
  let_watch_round();
  EXPECT_EQ(versions(), 3);
}

TEST_F(WatchTest, GoesOnAfterARestart) {
  preview_.put("polar_station", 77, {post(1)});
  added("polar_station", 1000, true);
  close();
  preview_.put("polar_station", 77, {post(1), post(2)});
  open(true);
  EXPECT_EQ(messages("77").size(), 1U);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 2U);
}

TEST_F(WatchTest, AFailureIsTriedAgainAtTheNextTurn) {
  preview_.put("polar_station", 77, {post(1)});
  added("polar_station", 1000, true);
  preview_.put("polar_station", 77, {post(1), post(2)});
  preview_.refuse_next({{503, 0}});
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 1U);
  EXPECT_EQ(run_blocking(service_->health(call(), {}))->status, api::HealthStatus::degraded);
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 2U);
  EXPECT_EQ(run_blocking(service_->health(call(), {}))->status, api::HealthStatus::healthy);
}

TEST_F(WatchTest, ANameOfAnotherChannelByNowIsNotFollowed) {
  preview_.put("polar_station", 77, {post(1)});
  added("polar_station", 1000, true);
  preview_.put("polar_station", 99, {post(5)});
  let_watch_round();
  EXPECT_EQ(messages("77").size(), 1U);
  EXPECT_EQ(run_blocking(service_->channels(call(), {}))->data.channels.size(), 1U);
}

TEST_F(WatchTest, AddingWithoutWatchEndsWatching) {
  preview_.put("polar_station", 77, {post(1)});
  added("polar_station", 1000, true);
  added("polar_station", 1000, false);
  EXPECT_EQ(is_watched("polar_station"), false);
}

TEST_F(WatchTest, ADeletedChannelDoesNotComeBack) {
  preview_.put("polar_station", 77, {post(1)});
  added("polar_station", 1000, true);
  ASSERT_TRUE(run_blocking(service_->delete_channel(call(), {"77"})));
  const auto asked = preview_.asked().size();
  let_watch_round();
  EXPECT_EQ(preview_.asked().size(), asked);
  EXPECT_TRUE(run_blocking(service_->channels(call(), {}))->data.channels.empty());
}

}  // namespace
}  // namespace tg::telegram
