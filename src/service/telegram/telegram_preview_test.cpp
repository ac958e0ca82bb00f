// Reading channels through the web preview: parse, add, sync, against pages on loopback.
#include <fstream>

#include "net/scripted_server.hpp"
#include "service/telegram/preview_source.hpp"
#include "service/telegram/telegram_fixture.hpp"

namespace tg::telegram {
namespace {

using fixture::PostSpec;

class PreviewTest : public fixture::TelegramTest {
 protected:
  static std::vector<PostSpec> posts(int count) {
    std::vector<PostSpec> out;
    for (int i = 1; i <= count; ++i)
      out.push_back({.id = i,
                     .text = "пост " + std::to_string(i),
                     .date = UnixMillis(std::chrono::seconds(1'735'800'000 + 3600 * i))});
    return out;
  }
  static std::string text_of(const json::Object& result, std::string_view key) {
    const json::Value* value = result.if_contains(key);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
  }
  static std::int64_t count_of(const api::Job& job, std::string_view key) {
    return job.result.at("channels").at(0).at(key).to_number<std::int64_t>();
  }
};

TEST_F(PreviewTest, AddReadsTheWholeChannelBackInTime) {
  preview_.put("polar_station", 77, posts(8));
  const api::Job job = added("https://t.me/s/polar_station");
  EXPECT_EQ(job.state, api::JobState::done) << job.error.value_or("");
  EXPECT_EQ(job.kind, "add");
  EXPECT_EQ(job.done, 8);
  EXPECT_EQ(job.total, 8);
  EXPECT_EQ(count_of(job, "new"), 8);
  const std::vector<std::string> pages = {"/s/polar_station", "/s/polar_station?before=6",
                                          "/s/polar_station?before=3"};
  EXPECT_EQ(preview_.asked(), pages);
  const auto stored = messages("77");
  ASSERT_EQ(stored.size(), 8U);
  EXPECT_EQ(stored[0].text, "пост 8");
  EXPECT_EQ(stored[0].channel_title, "Станция «Полюс»");
  EXPECT_EQ(stored[0].channel_username, "polar_station");
  EXPECT_EQ(stored[0].sender_id, -1'000'000'000'077);
  EXPECT_EQ(stored[0].views, 1200);
}

TEST_F(PreviewTest, AllFieldsOfThePageAreKeptAndShown) {
  preview_.put(
      "polar_station", 77,
      {{.id = 1,
        .text = "лёд",
        .edited = true,
        .media =
            "<div class=\"tgme_widget_message_forwarded_from\"><a "
            "class=\"tgme_widget_message_forwarded_from_name\" href=\"https://t.me/other/9\">Другой"
            "</a></div><a class=\"tgme_widget_message_link_preview\" "
            "href=\"https://example.org/a\">"
            "<div class=\"link_preview_title\">Заголовок</div><div "
            "class=\"link_preview_description\">О чём</div></a>"}});
  added("polar_station");
  const auto channel = run_blocking(service_->channels(call(), {})).value().data.channels.at(0);
  EXPECT_EQ(channel.description, "Дневник зимовки\nу полюса");
  EXPECT_EQ(channel.photo_url, "https://cdn.example/photo.jpg");
  EXPECT_TRUE(channel.verified);
  const auto extra = messages("77").at(0).extra;
  ASSERT_TRUE(extra);
  EXPECT_EQ(extra->author, "Станция «Полюс»");
  EXPECT_EQ(extra->edited_at, clock_.wall());
  EXPECT_EQ(extra->forwarded_from, "Другой");
  EXPECT_EQ(extra->forwarded_url, "https://t.me/other/9");
  EXPECT_EQ(extra->link_preview,
            (api::LinkPreview{"https://example.org/a", "", "Заголовок", "О чём"}));
  // Through a file of ours into an empty service, and once more: the same.
  const auto parsed = run_blocking(service_->parse(
      call(), {.channel_username = "polar_station", .save_format = api::SaveFormat::json}));
  ASSERT_TRUE(parsed);
  std::ifstream saved(folder_ / "data" / "files" / *parsed->data.files.json);
  const std::string file{std::istreambuf_iterator<char>(saved), {}};
  ASSERT_TRUE(run_blocking(service_->delete_channel(call(), {"77"})));
  EXPECT_EQ(count_of(imported(file), "new"), 1);
  EXPECT_EQ(messages("77").at(0).extra, extra);
  EXPECT_EQ(count_of(imported(file), "unchanged"), 1);
  EXPECT_EQ(messages("77").at(0).extra, extra);
}

TEST_F(PreviewTest, AnInvalidPostIdIsReported) {
  preview_.put("polar_station", 77, {{.id = 1, .text = "а"}, {.id = 1LL << 60, .text = "б"}});
  const api::Job job = added("polar_station");
  EXPECT_EQ(count_of(job, "new"), 1);
  EXPECT_EQ(count_of(job, "refused"), 1);
  EXPECT_EQ(job.result.at("refused").at(0).as_string(),
            "a post polar_station/1152921504606846976: data-post: must be a name and a number from "
            "1 to 2^52");
}

TEST_F(PreviewTest, UsesTheConfiguredProxy) {
  const std::string page = fixture::page_html("polar_station", 77, posts(2));
  net::ScriptedServer proxy(
      {{"HTTP/1.1 200 Connection established\r\n\r\n",
        fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{}", page.size(), page)}});
  PreviewSource source("http://preview.example", proxy.url(), pool_, clock_);
  const auto read = run_blocking(source.page("polar_station", std::nullopt, kWatchInterval));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->posts.size(), 2U);
  const auto requests = proxy.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_TRUE(requests[0].starts_with("CONNECT preview.example:80 HTTP/1.1\r\n"));
  EXPECT_TRUE(requests[1].starts_with("GET /s/polar_station HTTP/1.1\r\n"));
}

TEST_F(PreviewTest, LimitAndDateEndTheReading) {
  preview_.put("polar_station", 77, posts(8));
  EXPECT_EQ(added("@polar_station", 4).done, 4);
  EXPECT_EQ(messages("polar_station").size(), 4U);
  const auto since = UnixMillis(std::chrono::seconds(1'735'800'000 + 3600 * 3));
  const auto accepted = run_blocking(
      service_->add(call(), {.channel = "polar_station", .min_date = since, .watch = false}));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(finished(accepted->job_id).done, 6);
  EXPECT_EQ(messages("polar_station").size(), 6U);
}

TEST_F(PreviewTest, ReadingAgainChangesNothing) {
  preview_.put("polar_station", 77, posts(5));
  added("polar_station");
  const api::Job again = added("polar_station");
  EXPECT_EQ(count_of(again, "unchanged"), 5);
  EXPECT_EQ(count_of(again, "new"), 0);
  EXPECT_EQ(versions(), 5);
}

TEST_F(PreviewTest, RefusalsAreWaitedOut) {
  preview_.put("polar_station", 77, posts(2));
  preview_.refuse_next({{503, 0}, {429, 30}, {500, 0}});
  EXPECT_EQ(added("polar_station").state, api::JobState::done);
  const auto waits = pauses();
  ASSERT_EQ(waits.size(), 3U);
  EXPECT_GE(waits[0], std::chrono::seconds(2));
  EXPECT_GE(waits[1], std::chrono::seconds(30));
  EXPECT_GE(waits[2], std::chrono::seconds(8));
  EXPECT_EQ(preview_.asked().size(), 4U);
}

TEST_F(PreviewTest, AfterTooManyRefusalsTheJobSaysWhy) {
  preview_.put("polar_station", 77, posts(2));
  preview_.refuse_next(std::vector<std::pair<int, int>>(20, {503, 0}));
  const api::Job job = added("polar_station");
  EXPECT_EQ(job.state, api::JobState::failed);
  EXPECT_EQ(text_of(job.result, "reason"), "preview.unavailable");
  EXPECT_EQ(preview_.asked().size(), 8U);
  const auto health = run_blocking(service_->health(call(), {}));
  EXPECT_EQ(health->status, api::HealthStatus::degraded);
}

TEST_F(PreviewTest, AChannelWithoutAPreviewIsAnErrorOfItsOwn) {
  preview_.put_group("some_group");
  const api::Job group = added("some_group");
  EXPECT_EQ(group.state, api::JobState::failed);
  EXPECT_EQ(text_of(group.result, "reason"), "not_previewable");
  const api::Job nobody = added("nobody_here");
  EXPECT_EQ(nobody.state, api::JobState::failed);
  EXPECT_EQ(text_of(nobody.result, "reason"), "not_found");
  const auto parsed = run_blocking(service_->parse(call(), {.channel_username = "some_group"}));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().reason, "not_previewable");
  EXPECT_EQ(run_blocking(service_->parse(call(), {.channel_username = "nobody_here"})).error().code,
            Code::not_found);
  EXPECT_TRUE(run_blocking(service_->channels(call(), {}))->data.channels.empty());
  const auto refused = run_blocking(service_->add(call(), {.channel = "https://t.me/c/123/4"}));
  EXPECT_EQ(refused.error().reason, "link.private");
}

TEST_F(PreviewTest, AWaitingJobSaysUntilWhenAndCanBeCancelled) {
  close();
  open(false, true);
  preview_.put("polar_station", 77, posts(2));
  preview_.refuse_next({{429, 3600}});
  const auto accepted = run_blocking(service_->add(call(), {.channel = "polar_station"}));
  const auto events = run_blocking(service_->job_events(call(), {accepted->job_id})).value();
  api::Job waiting;
  while (waiting.state != api::JobState::waiting) waiting = *run_blocking(events->next()).value();
  EXPECT_GE(*waiting.waiting_until, clock_.wall() + std::chrono::seconds(3600));
  // Asked for again by the same person, it is the same job.
  const auto again = run_blocking(service_->add(call(), {.channel = "polar_station"}));
  EXPECT_EQ(again->job_id, accepted->job_id);
  const auto cancelled = run_blocking(service_->cancel_job(call(), {accepted->job_id}));
  ASSERT_TRUE(cancelled) << cancelled.error().message;
  EXPECT_EQ(cancelled->state, api::JobState::cancelled);
  EXPECT_FALSE(cancelled->waiting_until);
  EXPECT_EQ(run_blocking(service_->cancel_job(call(), {accepted->job_id})).error().reason,
            "job.finished");
}

TEST_F(PreviewTest, AWaitingJobGoesOnAfterARestart) {
  close();
  open(false, true);
  preview_.put("polar_station", 77, posts(5));
  preview_.refuse_next({{429, 3600}});
  const auto accepted = run_blocking(service_->add(call(), {.channel = "polar_station"}));
  const auto events = run_blocking(service_->job_events(call(), {accepted->job_id})).value();
  while (run_blocking(events->next()).value()->state != api::JobState::waiting) {
  }
  close();
  open();
  const api::Job job = finished(accepted->job_id);
  EXPECT_EQ(job.state, api::JobState::done);
  EXPECT_EQ(job.done, 5);
}

TEST_F(PreviewTest, UsersHaveTheirOwnJobs) {
  preview_.put("polar_station", 77, posts(3));
  const auto first = run_blocking(service_->add(call(), {.channel = "polar_station"}));
  const auto bobs = run_blocking(service_->add(call("bob"), {.channel = "polar_station"}));
  EXPECT_NE(first->job_id, bobs->job_id);
  finished(first->job_id);
  finished(bobs->job_id, call("bob"));
}

// Posts that Telegram itself shows are stored, whoever requests them; those of a guest's file are
// not.
TEST_F(PreviewTest, WhoReadsAChannelThatOthersBroughtIsItsGuest) {
  preview_.put("polar_station", 77, posts(2));
  added("polar_station");
  const auto eve = call("eve", "other", api::Role::user);
  preview_.put("polar_station", 77, posts(3));
  const auto accepted = run_blocking(service_->add(eve, {.channel = "polar_station"}));
  EXPECT_EQ(count_of(finished(accepted->job_id, eve), "new"), 1);
  EXPECT_EQ(messages("77", eve).size(), 3U);
  const std::string post = R"({"message_id":)";
  const std::string of = R"(,"channel_id":77,"channel_title":"Чужое","channel_username":)"
                         R"("polar_station","date":"2025-01-02T10:00:00+00:00","text":")";
  const api::Job job = uploaded(R"({"channel":"polar_station","posts":[)" + post + "1" + of +
                                    messages("77").back().text + "\"}," + post + "2" + of +
                                    "подмена\"}," + post + "9" + of + "выдумка\"}]}",
                                eve);
  EXPECT_EQ(count_of(job, "unchanged"), 1);
  EXPECT_EQ(count_of(job, "refused"), 2);
  EXPECT_TRUE(job.result.at("refused").at(0).as_string().starts_with(
      "the channel belongs to another space"));
  EXPECT_EQ(messages("77").size(), 3U);
  EXPECT_NE(messages("77").at(0).channel_title, "Чужое");
  EXPECT_EQ(versions(), 3);
}

// A public channel whose first importer invented posts, and a private one that has become public.
TEST_F(PreviewTest, AGuestSeesNothingThatOnlyAFileSays) {
  const auto bob = call("bob", "default", api::Role::user);
  const auto eve = call("eve", "other", api::Role::user);
  const std::string file =
      R"({"channel":"polar_station","posts":[{"message_id":1,"channel_id":77,"channel_title":"Т",)"
      R"("channel_username":"polar_station","date":"2025-01-02T10:00:00+00:00","text":"подмена"},)"
      R"({"message_id":9,"channel_id":77,"channel_title":"Т","channel_username":"polar_station",)"
      R"("date":"2025-01-02T10:00:00+00:00","text":"выдумка","extra":)"
      R"({"edited_at":"2099-01-01T00:00:00Z"}}]})";
  EXPECT_EQ(count_of(uploaded(file, bob), "new"), 2);
  preview_.put("polar_station", 77, posts(2));
  const auto accepted = run_blocking(service_->add(eve, {.channel = "polar_station"}));
  EXPECT_EQ(count_of(finished(accepted->job_id, eve), "changed"), 1);
  const auto ids = [this](const api::Call& who) {
    std::string out;
    for (const api::PostView& post : messages("77", who)) out += std::to_string(post.message_id);
    return out;
  };
  EXPECT_EQ(ids(eve), "21");
  EXPECT_EQ(ids(bob), "921");
  EXPECT_EQ(messages("77", bob).back().text, messages("77", eve).back().text) << "t.me is right";
  EXPECT_EQ(messages("77", bob).front().extra->edited_at, clock_.wall()) << "not in the future";
  EXPECT_EQ(run_blocking(service_->channels(eve, {}))->data.channels.at(0).posts, 2);
  EXPECT_EQ(run_blocking(service_->channels(bob, {}))->data.channels.at(0).posts, 3);
  EXPECT_EQ(run_blocking(service_->visible(eve, {}))->access_keys,
            std::vector{api::channel_access_key(77)});
  // A newer text of the file's is a version for its own space.
  const std::string edit =
      R"({"chats":{"list":[{"name":"Т","type":"public_channel","id":77,"messages":[{"id":2,)"
      R"("type":"message","date_unixtime":"1735800000","edited_unixtime":"1900000000",)"
      R"("text":"правка"}]}]}})";
  clock_.advance(std::chrono::hours(1));
  EXPECT_EQ(count_of(uploaded(edit, bob), "changed"), 1);
  EXPECT_EQ(ids(eve), "1");
  clock_.advance(std::chrono::hours(1));
  finished(run_blocking(service_->sync(eve, {.id = "77"}))->data.job_id, eve);
  EXPECT_EQ(ids(eve), "21") << "read from t.me again";
}

TEST_F(PreviewTest, AGuestTakesNoFileOfStoredPosts) {
  imported(R"({"name":"Т","type":"private_channel","id":77,"messages":[{"id":1,"type":"message",)"
           R"("date_unixtime":"1735800000","text":"тайна"}]})");
  const auto saved = run_blocking(
      service_->parse(call(), {.channel_username = "77", .save_format = api::SaveFormat::json}));
  ASSERT_TRUE(saved);
  const auto eve = call("eve", "other", api::Role::user);
  preview_.put("polar_station", 77, posts(2));
  const auto accepted = run_blocking(service_->add(eve, {.channel = "polar_station"}));
  finished(accepted->job_id, eve);
  EXPECT_EQ(run_blocking(service_->files(call(), {}))->data.files.size(), 1U);
  EXPECT_TRUE(run_blocking(service_->files(eve, {}))->data.files.empty());
  EXPECT_EQ(run_blocking(service_->file(eve, {*saved->data.files.json})).error().code,
            Code::not_found);
}

TEST_F(PreviewTest, SyncReadsAKnownChannel) {
  preview_.put("polar_station", 77, posts(3));
  added("polar_station");
  preview_.put("polar_station", 77, posts(6));
  const auto reply = run_blocking(service_->sync(call(), {.id = "-1000000000077"}));
  ASSERT_TRUE(reply);
  const api::Job job = finished(reply->data.job_id);
  EXPECT_EQ(job.kind, "sync");
  EXPECT_EQ(count_of(job, "new"), 3);
  EXPECT_EQ(run_blocking(service_->sync(call(), {.id = "nobody_here"})).error().code,
            Code::not_found);
}

TEST_F(PreviewTest, ParseAnswersWithTheNewestAndStoresThem) {
  preview_.put("polar_station", 77, posts(8));
  const auto reply =
      run_blocking(service_->parse(call(), {.channel_username = "@polar_station", .limit = 4}));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_TRUE(reply->success);
  EXPECT_EQ(reply->message, "Successfully parsed 4 posts from polar_station");
  EXPECT_EQ(reply->data.total_parsed, 4);
  ASSERT_EQ(reply->data.posts.size(), 4U);
  EXPECT_EQ(reply->data.posts[0].message_id, 8);
  EXPECT_EQ(reply->data.posts[3].message_id, 5);
  EXPECT_EQ(reply->data.channel.id, 77);
  EXPECT_EQ(reply->data.channel.participants_count, 4200);
  EXPECT_FALSE(reply->data.files.json);
  EXPECT_EQ(messages("77").size(), 4U);
}

TEST_F(PreviewTest, ParseDoesNotWaitAfterARefusal) {
  preview_.put("polar_station", 77, posts(8));
  preview_.refuse_next({{429, 30}});
  const auto reply = run_blocking(service_->parse(call(), {.channel_username = "polar_station"}));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::rate_limited);
  EXPECT_EQ(reply.error().retry_after, std::chrono::seconds(30));
  EXPECT_TRUE(pauses().empty());
}

// Calls whose turn lies behind their deadline take no turn from others.
TEST_F(PreviewTest, ParseIsRefusedWhenItsTurnIsTooFar) {
  close();
  rate_limit_ = 0.01;  // one page in 100 s, give or take a third
  open();
  preview_.put("polar_station", 77, posts(2));
  const auto parse = [this] {
    api::Call soon = call();
    soon.deadline = clock_.steady() + std::chrono::milliseconds(30);
    return run_blocking(service_->parse(soon, {.channel_username = "polar_station"}));
  };
  EXPECT_TRUE(parse());
  for (int i = 0; i < 100; ++i) {
    const auto refused = parse();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::unavailable);
    EXPECT_EQ(refused.error().reason, "preview.busy");
    EXPECT_GE(refused.error().retry_after, std::chrono::seconds(60));
  }
  EXPECT_TRUE(pauses().empty());
  clock_.advance(std::chrono::seconds(134));
  EXPECT_TRUE(parse());
  EXPECT_EQ(preview_.asked().size(), 2U);
}

TEST_F(PreviewTest, AJobWaitsWhileTheDiskIsFull) {
  close();
  keep_free_bytes_ = 1ULL << 62;
  open(false, true);
  preview_.put("polar_station", 77, posts(2));
  const auto accepted = run_blocking(service_->add(call(), {.channel = "polar_station"}));
  const auto events = run_blocking(service_->job_events(call(), {accepted->job_id})).value();
  while (run_blocking(events->next()).value()->state != api::JobState::waiting) {
  }
  EXPECT_TRUE(preview_.asked().empty());
  close();
  keep_free_bytes_ = 0;
  open();
  EXPECT_EQ(finished(accepted->job_id).done, 2);
}

TEST_F(PreviewTest, ParsedPostsAreSavedAsFilesThatCanBeImported) {
  preview_.put("polar_station", 77, posts(2));
  const auto reply = run_blocking(service_->parse(
      call(), {.channel_username = "polar_station", .save_format = api::SaveFormat::both}));
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->data.files.json, "telegram_posts_polar_station_20250615_150640.json");
  EXPECT_EQ(reply->data.files.txt, "telegram_posts_polar_station_20250615_150640.txt");
  const auto listed = run_blocking(service_->files(call(), {}))->data.files;
  ASSERT_EQ(listed.size(), 2U);
  EXPECT_EQ(listed[0].filename, *reply->data.files.json);
  const auto file = run_blocking(service_->file(call(), {*reply->data.files.json}));
  ASSERT_TRUE(file);
  const auto bytes = run_blocking(api::read_all(file->bytes, 1 << 20)).value();
  EXPECT_EQ(file->size, bytes.size());
  const api::Job again = imported(bytes, "telegram_posts_polar_station.json");
  EXPECT_EQ(again.state, api::JobState::done);
  EXPECT_EQ(count_of(again, "unchanged"), 2);
  EXPECT_EQ(versions(), 2);
}

TEST_F(PreviewTest, FilesAreOnlyForThoseWhoSeeTheChannelAndNoPathLeavesTheFolder) {
  preview_.put("polar_station", 77, posts(2));
  const auto reply = run_blocking(service_->parse(
      call(), {.channel_username = "polar_station", .save_format = api::SaveFormat::txt}));
  const auto code = [this](api::Call who, std::string name) {
    const auto file = run_blocking(service_->file(std::move(who), {std::move(name)}));
    return file ? std::optional<Code>() : std::optional(file.error().code);
  };
  EXPECT_FALSE(code(call(), *reply->data.files.txt));
  EXPECT_EQ(code(call("bob", "other"), *reply->data.files.txt), Code::not_found);
  EXPECT_TRUE(run_blocking(service_->files(call("bob", "other"), {}))->data.files.empty());
  for (const char* name : {"", ".", "..", "../telegram.db", "/etc/passwd", "%2e%2e", "a/b", "a\\b",
                           "files/../x", "telegram_posts_polar_station_20250615_150640.tx"}) {
    EXPECT_EQ(code(call(), name), Code::not_found) << name;
  }
}

TEST_F(PreviewTest, DeletingAChannelLeavesNothing) {
  preview_.put("polar_station", 77, posts(2));
  preview_.put("other_place", 78, posts(1));
  added("polar_station");
  added("other_place");
  const auto parsed = run_blocking(service_->parse(
      call(), {.channel_username = "polar_station", .save_format = api::SaveFormat::both}));
  ASSERT_TRUE(run_blocking(service_->delete_channel(call(), {"polar_station"})));
  EXPECT_TRUE(messages("77").empty());
  EXPECT_EQ(messages("78").size(), 1U);
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "data" / "files"));
  const auto jobs = run_blocking(service_->jobs(call(), {})).value();
  ASSERT_EQ(jobs.size(), 1U);
  EXPECT_EQ(jobs[0].result.at("channel_id").as_int64(), 78);
}

}  // namespace
}  // namespace tg::telegram
