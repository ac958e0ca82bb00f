// The feed of changes as the document service reads it.
#include "service/telegram/feed.hpp"

#include "service/telegram/telegram_fixture.hpp"

namespace tg::telegram {
namespace {

using api::PostEventKind;

class FeedTest : public fixture::TelegramTest {
 protected:
  // Nobody else acknowledges: the document service is the test.
  void SetUp() override {
    hold_acknowledgements(true);
    TelegramTest::SetUp();
  }
  std::vector<api::PostEvent> taken(const std::string& by = "document", std::int64_t limit = 100) {
    return run_blocking(service_->take_events(as(by), {.limit = limit})).value().events;
  }
  void acknowledge(std::vector<std::int64_t> places) {
    EXPECT_TRUE(run_blocking(service_->acknowledge_events(as("document"), {std::move(places)})));
  }
  static api::Call as(const std::string& service) {
    return {.request_id = "d", .principal = {.user_id = service, .is_service = true}};
  }
  static std::string kinds(const std::vector<api::PostEvent>& events) {
    std::string all;
    for (const api::PostEvent& event : events)
      all += fmt::format("{}:{} ", json::enum_word(event.kind), event.post.text);
    return all;
  }
  // Posts as a page shows them; not waited for.
  void read_channel(const std::vector<fixture::PostSpec>& posts) {
    preview_.put("polar_station", 77, posts);
    ASSERT_TRUE(
        run_blocking(service_->parse(call(), {.channel_username = "polar_station", .limit = 50})));
  }
};

TEST_F(FeedTest, TakingAgainReturnsUnacknowledgedEventsInTheirNewestForm) {
  read_channel({{.id = 1, .text = "а"}, {.id = 2, .text = "б"}});
  const auto first = taken();
  EXPECT_EQ(kinds(first), "post:б post:а ");
  EXPECT_TRUE(taken("another").empty()) << "the document service works on them";
  acknowledge({first[0].sequence});
  clock_.advance(std::chrono::hours(1));
  read_channel({{.id = 1, .text = "в", .edited = true}});
  EXPECT_EQ(kinds(taken()), "post:в post:в ") << "two events, one post";
}

TEST_F(FeedTest, PostsOfADeletedChannelAreDeletedAndItComesLast) {
  read_channel({{.id = 1, .text = "а"}});
  // It waits until the deletion is searchable: another thread.
  std::thread deleting(
      [this] { EXPECT_TRUE(run_blocking(service_->delete_channel(call(), {"77"}))); });
  std::vector<api::PostEvent> events;
  while (events.size() < 2) {
    events = run_blocking(service_->take_events(as("document"), {.wait_ms = 1000})).value().events;
  }
  EXPECT_EQ(kinds(events), "post_deleted: channel_deleted: ");
  EXPECT_EQ(events[1].post.channel_id, 77);
  acknowledge({events[0].sequence, events[1].sequence});
  deleting.join();
  EXPECT_TRUE(taken().empty());
}

TEST_F(FeedTest, ChangesOfUnsearchedFieldsMakeNoEvent) {
  constexpr std::string_view kReactions =
      "<div class=\"tgme_widget_message_reactions\"><span class=\"tgme_reaction\"><i "
      "class=\"emoji\"><b>👍</b></i>{}</span></div>";
  const auto with = [&](int count) {
    return std::vector<fixture::PostSpec>{
        {.id = 1, .text = "а", .media = fmt::format(fmt::runtime(kReactions), count)}};
  };
  read_channel(with(3));
  acknowledge({taken().at(0).sequence});
  clock_.advance(std::chrono::hours(1));
  read_channel(with(900));
  EXPECT_TRUE(taken().empty());
  EXPECT_EQ(versions(), 1);
  EXPECT_EQ(messages("77").at(0).extra->reactions, (std::vector<api::Reaction>{{"👍", 900}}));
}

// The fake clock stands still: the wait ends by stop() alone.
TEST_F(FeedTest, AServiceThatStopsEndsWaitingReaders) {
  std::optional<Result<api::PostEvents>> answer;
  std::thread waiting([this, &answer] {
    answer = run_blocking(service_->take_events(as("document"), {.wait_ms = 30'000}));
  });
  run_blocking(service_->stop());
  waiting.join();
  ASSERT_TRUE(*answer) << answer->error().detail;
  EXPECT_TRUE((*answer)->events.empty());
}

}  // namespace
}  // namespace tg::telegram
