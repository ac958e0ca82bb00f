// Imports: reports, repetition, restarts, refusals, visibility.
#include <fstream>

#include "runtime/fault.hpp"
#include "service/telegram/telegram_fixture.hpp"

namespace tg::telegram {
namespace {

class ImportTest : public fixture::TelegramTest {
 protected:
  void TearDown() override {
    static_cast<void>(fault::set_plan(""));
    TelegramTest::TearDown();
  }

  static std::string message(std::int64_t id, const std::string& text, std::int64_t edited = 0) {
    return fmt::format(
        R"({{"id":{},"type":"message","date":"2025-01-02T12:00:00","date_unixtime":"{}",{}"from":"К","from_id":"channel77","text":"{}","text_entities":[{{"type":"plain","text":"{}"}}]}})",
        id, 1'735'800'000 + 3600 * (id > 0 ? id : 0),
        edited == 0 ? "" : fmt::format(R"("edited_unixtime":"{}",)", edited), text, text);
  }
  static std::string chat(std::int64_t id, const std::string& messages,
                          const std::string& type = "public_channel") {
    return fmt::format(R"({{"name":"Канал {}","type":"{}","id":{},"messages":[{}]}})", id, type, id,
                       messages);
  }
  static std::string many(int count) {
    std::string out;
    for (int i = 1; i <= count; ++i)
      out += (i > 1 ? "," : "") + message(i, "п" + std::to_string(i));
    return out;
  }
  static std::int64_t count_of(const api::Job& job, std::string_view key, std::size_t channel = 0) {
    return job.result.at("channels").at(channel).at(key).to_number<std::int64_t>();
  }
};

TEST_F(ImportTest, TheReportCountsPerChannel) {
  const std::string account =
      R"({"chats":{"list":[)" +
      chat(77,
           message(1, "а") + "," + message(2, "") +
               R"(,{"id":3,"type":"service","action":"pin_message"},{"id":4,"type":"message"})") +
      "," + chat(78, message(1, "б")) + "]}}";
  const api::Job job = imported(account);
  EXPECT_EQ(job.state, api::JobState::done) << job.error.value_or("");
  EXPECT_EQ(count_of(job, "new"), 2);
  EXPECT_EQ(count_of(job, "without_text"), 1);
  EXPECT_EQ(count_of(job, "service"), 1);
  EXPECT_EQ(count_of(job, "refused"), 1);
  EXPECT_EQ(count_of(job, "new", 1), 1);
  EXPECT_EQ(job.result.at("refused").at(0).as_string(), "message 4 has no readable date");
  EXPECT_EQ(job.done, 3);
  EXPECT_EQ(job.total, 3);
}

TEST_F(ImportTest, AgainChangesNothingAndAnEditIsOneVersion) {
  imported(chat(77, message(1, "а") + "," + message(2, "б")));
  const api::Job again = imported(chat(77, message(1, "а") + "," + message(2, "б")));
  EXPECT_EQ(count_of(again, "unchanged"), 2);
  const api::Job edited =
      imported(chat(77, message(1, "а") + "," + message(2, "в", 1'735'900'000)));
  EXPECT_EQ(count_of(edited, "changed"), 1);
  EXPECT_EQ(count_of(edited, "unchanged"), 1);
  imported(chat(77, message(1, "а") + "," + message(2, "б")));  // an older export
  EXPECT_EQ(versions(), 3);
  EXPECT_EQ(messages("77")[0].text, "в");
}

TEST_F(ImportTest, ExportAndPreviewInAnyOrderMakeNoVersions) {
  const std::string exported = chat(77, message(1, "а") + "," + message(2, "б"));
  const auto at = [](std::int64_t id) {
    return UnixMillis(std::chrono::seconds(1'735'800'000 + 3600 * id));
  };
  preview_.put("polar_station", 77,
               {{.id = 1, .text = "а", .date = at(1)}, {.id = 2, .text = "б", .date = at(2)}});
  imported(exported);
  added("polar_station");
  clock_.advance(std::chrono::hours(1));
  imported(exported);
  added("polar_station");
  EXPECT_EQ(versions(), 2);
  EXPECT_EQ(messages("77")[0].views, 1200);
}

// The page shows the caption with the first item, the export has it at the second.
class AlbumTest : public ImportTest, public testing::WithParamInterface<bool> {};
INSTANTIATE_TEST_SUITE_P(Orders, AlbumTest, testing::Bool());

TEST_P(AlbumTest, TheCaptionMayStandAnywhere) {
  preview_.put(
      "polar_station", 77,
      {{.id = 5,
        .text = "подпись",
        .date = UnixMillis(std::chrono::seconds(1'735'800'000 + 3600 * 5)),
        .media =
            R"html(<div class="tgme_widget_message_grouped_wrap"><a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/polar_station/5?single"></a><a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/polar_station/6?single"></a></div>)html"}});
  const std::string exported = chat(77, message(5, "") + "," + message(6, "подпись"));
  if (GetParam()) added("polar_station");
  imported(exported);
  added("polar_station");
  imported(exported);
  EXPECT_EQ(versions(), 2);
  EXPECT_EQ(messages("77").size(), 2U);
}

TEST_F(ImportTest, ABrokenFileKeepsItsGoodPrefix) {
  const std::string whole = chat(77, many(3));
  const std::string cut = whole.substr(0, whole.find(R"({"id":3)") + 12);
  const api::Job job = imported(cut);
  EXPECT_EQ(job.state, api::JobState::failed);
  EXPECT_EQ(job.error,
            fmt::format("the file is cut at byte {}; everything before it was read", cut.size()));
  EXPECT_EQ(messages("77").size(), 2U);
  EXPECT_EQ(count_of(imported(whole), "new"), 1);
}

TEST_F(ImportTest, ResumesAfterARestart) {
  const std::string file = chat(77, many(1200));
  write_drop("result.json", file);
  const auto accepted = run_blocking(service_->import_posts(call(), {.path = "result.json"}));
  ASSERT_TRUE(accepted);
  const auto events = run_blocking(service_->job_events(call(), {accepted->job_id})).value();
  while (const auto job = run_blocking(events->next()).value_or(std::nullopt)) {
    if (job->done > 0) break;
  }
  close();
  open();
  const api::Job job = finished(accepted->job_id);
  EXPECT_EQ(job.state, api::JobState::done);
  EXPECT_EQ(job.done, 1200);
  EXPECT_EQ(count_of(job, "new"), 1200);
  EXPECT_EQ(versions(), 1200);
}

TEST_F(ImportTest, AMigratedGroupKeepsItsShiftedNumbers) {
  imported(chat(77, message(-999'999'998, "до переезда") + "," + message(3, "после"),
                "private_supergroup"));
  const auto stored = messages("77");
  ASSERT_EQ(stored.size(), 2U);
  EXPECT_EQ(stored[1].message_id, -999'999'998);
}

TEST_F(ImportTest, PrivateChatsAreTheirOwnersAlone) {
  const std::string chats = R"({"chats":{"list":[)" + chat(77, message(1, "канал")) + "," +
                            chat(5, message(1, "личное"), "personal_chat") + "]}}";
  const api::Job job = imported(chats);
  ASSERT_EQ(job.state, api::JobState::done);
  EXPECT_EQ(run_blocking(service_->channels(call(), {}))->data.channels.size(), 2U);
  EXPECT_EQ(run_blocking(service_->channels(call("bob"), {}))->data.channels.size(), 1U);
  EXPECT_TRUE(run_blocking(service_->channels(call("eve", "other"), {}))->data.channels.empty());
  const auto bob = call("bob", "default", api::Role::user);
  EXPECT_EQ(run_blocking(service_->job(bob, {job.id})).error().code, Code::not_found);
  EXPECT_EQ(run_blocking(service_->cancel_job(bob, {job.id})).error().code, Code::not_found);
  EXPECT_TRUE(run_blocking(service_->jobs(bob, {}))->empty());
  EXPECT_EQ(run_blocking(service_->delete_channel(call("eve", "other", api::Role::user), {"77"}))
                .error()
                .code,
            Code::not_found);
}

// Several users with chats of the same peer, as Telegram numbers them.
class SamePeerTest : public ImportTest,
                     public testing::WithParamInterface<std::pair<const char*, int>> {
 protected:
  api::Job imported_by(const api::Call& who, const std::string& text) {
    const auto [type, id] = GetParam();
    return uploaded(chat(id, message(1, text), type), who);
  }
  std::vector<api::ChannelView> channels_of(const api::Call& who) {
    return run_blocking(service_->channels(who, {})).value().data.channels;
  }

  const api::Call bob_ = call("bob", "default", api::Role::user);
  const api::Call carol_ = call("carol", "other", api::Role::user);
  const api::Call admin_ = call("boss");
};
INSTANTIATE_TEST_SUITE_P(Kinds, SamePeerTest,
                         testing::Values(std::pair("personal_chat", 555),
                                         std::pair("saved_messages", 777),
                                         std::pair("private_group", 666)));

TEST_P(SamePeerTest, AreAChatForEachUser) {
  const std::vector<std::pair<api::Call, std::string>> people = {
      {bob_, "боб"}, {admin_, "шеф"}, {carol_, "кэрол"}};
  for (const auto& [who, text] : people) EXPECT_EQ(count_of(imported_by(who, text), "new"), 1);
  std::set<std::int64_t> ids;
  std::set<std::string> documents;
  for (const auto& [who, text] : people) {
    const auto own = channels_of(who);
    ASSERT_EQ(own.size(), 1U);
    EXPECT_LT(own[0].id, 0);
    EXPECT_LE(-own[0].id, 1LL << 53) << "JavaScript cannot represent it";
    ids.insert(own[0].id);
    ASSERT_EQ(messages(std::to_string(own[0].id), who).size(), 1U);
    EXPECT_EQ(messages(std::to_string(own[0].id), who)[0].text, text);
    EXPECT_EQ(count_of(imported_by(who, text), "unchanged"), 1) << "again";
  }
  EXPECT_EQ(ids.size(), 3U);
  EXPECT_EQ(versions(), 3);
}

TEST_P(SamePeerTest, TheOwnerDeletesAnAdminMayAndNobodyElseSees) {
  imported_by(bob_, "тайна");
  imported_by(carol_, "её тайна");
  const std::string bobs = std::to_string(channels_of(bob_).at(0).id);
  const std::string carols = std::to_string(channels_of(carol_).at(0).id);
  EXPECT_TRUE(messages(bobs, admin_).empty());
  EXPECT_EQ(run_blocking(service_->delete_channel(carol_, {bobs})).error().code, Code::not_found);
  EXPECT_EQ(run_blocking(service_->grant(admin_, {.id = bobs, .space = "default"})).error().reason,
            "channel.private");
  const auto jobs = run_blocking(service_->jobs(admin_, {})).value();
  ASSERT_EQ(jobs.size(), 2U);
  for (const api::Job& job : jobs)
    EXPECT_FALSE(job.result.at("channels").at(0).as_object().contains("title"));
  ASSERT_TRUE(run_blocking(service_->delete_channel(bob_, {bobs})));
  EXPECT_TRUE(channels_of(bob_).empty());
  EXPECT_EQ(channels_of(carol_).size(), 1U);
  const auto deleted = run_blocking(service_->delete_channel(admin_, {carols}));
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->message.find("Канал"), std::string::npos)
      << "the admin must not read its title";
  EXPECT_TRUE(channels_of(carol_).empty());
}

// Our own file of a private chat, imported again by its owner.
class OwnFileTest : public ImportTest,
                    public testing::WithParamInterface<std::pair<const char*, std::int64_t>> {
 protected:
  std::string saved(const std::string& channel) {
    const auto parsed = run_blocking(service_->parse(
        call(), {.channel_username = channel, .limit = 5, .save_format = api::SaveFormat::json}));
    EXPECT_TRUE(parsed) << parsed.error().message;
    if (!parsed) return {};
    std::ifstream file(folder_ / "data" / "files" / parsed->data.files.json.value_or(""));
    return {std::istreambuf_iterator<char>(file), {}};
  }
  std::vector<api::ChannelView> channels_of(const std::string& user) {
    return run_blocking(service_->channels(call(user), {})).value().data.channels;
  }
};
INSTANTIATE_TEST_SUITE_P(Kinds, OwnFileTest,
                         testing::Values(std::pair("private_group", 666),
                                         std::pair("personal_chat", 555),
                                         std::pair("private_supergroup", 777)));

TEST_P(OwnFileTest, StaysThePeerThatItWasAndItsOwners) {
  const auto [type, bare] = GetParam();
  imported(chat(bare, message(1, "тайна"), type));
  const std::int64_t id = channels_of("ann").at(0).id;
  const std::string file = saved(std::to_string(id));
  const api::Job again = imported(file, "posts.json");
  EXPECT_EQ(count_of(again, "unchanged"), 1);
  ASSERT_EQ(channels_of("ann").size(), 1U);
  EXPECT_EQ(channels_of("ann")[0].id, id);
  EXPECT_FALSE(channels_of("ann")[0].username);
  EXPECT_TRUE(channels_of("bob").empty());
  // Also where the chat is not known: the file does not say that anybody else may see it.
  ASSERT_TRUE(run_blocking(service_->delete_channel(call(), {std::to_string(id)})));
  EXPECT_EQ(count_of(imported(file, "posts.json"), "new"), 1);
  EXPECT_EQ(channels_of("ann").at(0).id, id);
  EXPECT_TRUE(channels_of("bob").empty());
}

TEST_F(ImportTest, AFileThatNamesNoPeerIsOnlyOfAChatOfItsImporter) {
  imported(chat(555, message(1, "тайна"), "personal_chat"));
  const std::int64_t id = run_blocking(service_->channels(call(), {}))->data.channels.at(0).id;
  const std::string file = fmt::format(
      R"({{"channel":"x","posts":[{{"message_id":1,"channel_id":{},"channel_title":"x","text":"тайна",)"
      R"("date":"2025-01-02T10:00:00+00:00"}}]}})",
      id);
  EXPECT_EQ(count_of(imported(file, "posts.json"), "unchanged"), 1);
  const api::Job bobs = imported(file, "posts.json", call("bob"));
  EXPECT_EQ(count_of(bobs, "refused"), 1);
  EXPECT_TRUE(bobs.result.at("refused").at(0).as_string().starts_with("channel_id: must be"));
  EXPECT_TRUE(run_blocking(service_->channels(call("bob"), {}))->data.channels.empty());
}

// Stored by a version that numbered private chats by their peer alone.
TEST_F(ImportTest, AChatOfAnOlderVersionKeepsItsNumber) {
  static constexpr std::int64_t kOld = -(1LL << 60) - 555;
  ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [](sql::Connection& c) -> Result<void> {
    TG_TRY_VOID(store_channel(c,
                              {.kind = PeerKind::user,
                               .bare_id = 555,
                               .title = "старый",
                               .account = "ann",
                               .stored_id = kOld},
                              {}));
    return grant_channel(c, kOld, api::user_access_key("ann"), Standing::own);
  })));
  imported(chat(555, message(1, "а"), "personal_chat"));
  const auto anns = run_blocking(service_->channels(call(), {}))->data.channels;
  ASSERT_EQ(anns.size(), 1U);
  EXPECT_EQ(anns[0].id, kOld);
  imported(chat(555, message(1, "б"), "personal_chat"), "result.json", call("bob"));
  EXPECT_NE(run_blocking(service_->channels(call("bob"), {}))->data.channels.at(0).id, kOld);
  EXPECT_EQ(messages(std::to_string(kOld)).at(0).text, "а");
}

TEST_F(ImportTest, TheLastSpaceKeepsAChannel) {
  imported(chat(77, message(1, "а")));
  const auto revoked = [this](const std::string& space) {
    const auto reply = run_blocking(service_->revoke(call(), {.id = "77", .space = space}));
    return reply ? "revoked" : reply.error().reason;
  };
  EXPECT_EQ(revoked("default"), "channel.last_space");
  EXPECT_EQ(revoked("elsewhere"), "revoked") << "it never saw the channel";
  ASSERT_TRUE(run_blocking(service_->grant(call(), {.id = "77", .space = "other"})));
  EXPECT_EQ(revoked("default"), "revoked");
  EXPECT_TRUE(messages("77").empty());
  // An admin who does not see the channel may share and delete it, by its id.
  EXPECT_EQ(
      run_blocking(service_->grant(call(), {.id = "Канал 77", .space = "default"})).error().code,
      Code::not_found);
  ASSERT_TRUE(run_blocking(service_->grant(call(), {.id = "77", .space = "default"})));
  EXPECT_EQ(messages("Канал 77").size(), 1U) << "titles are names";
}

// An admin's import adds to a chat of others and makes only shared posts visible to the admin.
TEST_F(ImportTest, AnAdminsImportOpensNoPrivateSupergroup) {
  const auto bob = call("bob", "default", api::Role::user);
  uploaded(chat(77, message(1, "тайна") + "," + message(2, "общее"), "private_supergroup"), bob);
  EXPECT_EQ(count_of(imported(chat(77, message(2, "общее"), "private_supergroup")), "unchanged"),
            1);
  ASSERT_EQ(messages("77").size(), 1U);
  EXPECT_EQ(messages("77")[0].text, "общее");
  EXPECT_EQ(messages("77", bob).size(), 2U);
}

TEST_F(ImportTest, AnInvalidFileTimeIsReported) {
  const api::Job job =
      imported(R"({"parsed_at":"9999-01-01T00:00:00Z","channel":"durov","posts":[{"message_id":1,)"
               R"("channel_id":9,"channel_title":"Д","channel_username":"durov","text":"а",)"
               R"("date":"2025-01-02T10:00:00+00:00"}]})");
  EXPECT_EQ(count_of(job, "new"), 1);
  EXPECT_EQ(job.result.at("refused").at(0).as_string(),
            "parsed_at: must be a time from 2013 to 2100");
}

TEST_F(ImportTest, OurFileOfAPublicChannelIsOpenToItsSpace) {
  imported(R"({"channel":"durov","posts":[{"message_id":1,"channel_id":9,"channel_title":"Д",)"
           R"("channel_username":"durov","text":"а","date":"2025-01-02T10:00:00+00:00"}]})");
  const auto seen = run_blocking(service_->channels(call("bob"), {})).value().data.channels;
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].username, "durov");
}

// A user of another space who is not an admin.
class StrangerTest : public ImportTest {
 protected:
  std::vector<std::string> seen_by_eve() {
    return run_blocking(service_->visible(eve_, {}))->access_keys;
  }

  api::Job uploaded_by_eve(const std::string& bytes) { return uploaded(bytes, eve_); }

  const api::Call eve_ = call("eve", "other", api::Role::user);
};

TEST_F(StrangerTest, AFileOpensNoChannelOfOthers) {
  imported(chat(77, message(1, "тайна"), "private_channel"));
  const api::Job job =
      uploaded_by_eve(R"({"chats":{"list":[)" + chat(77, message(1, "подмена", 1800000000)) + "," +
                      chat(78, message(1, "своё")) + "]}}");
  ASSERT_EQ(job.state, api::JobState::done);
  EXPECT_EQ(count_of(job, "refused", 0), 1);
  EXPECT_EQ(count_of(job, "new", 1), 1);
  EXPECT_TRUE(messages("77", eve_).empty());
  EXPECT_EQ(messages("78", eve_).size(), 1U);
  EXPECT_EQ(messages("77").at(0).text, "тайна");
  EXPECT_EQ(seen_by_eve(),
            (std::vector{api::channel_access_key(78), api::own_channel_access_key(78)}));
}

// A file may claim that any chat is public: that neither opens the chat nor adds posts to it.
TEST_F(StrangerTest, APublicChannelOfOthersIsNotOpenedByAFile) {
  imported(chat(77, message(1, "а")));
  for (int times = 0; times < 2; ++times) {
    const api::Job job = uploaded_by_eve(chat(77, message(1, "а") + "," + message(2, "выдумка")));
    EXPECT_EQ(count_of(job, "refused"), 2);
    EXPECT_TRUE(job.result.at("refused").at(0).as_string().starts_with(
        "the channel belongs to another space"));
  }
  EXPECT_TRUE(seen_by_eve().empty());
  EXPECT_EQ(messages("77").size(), 1U);
}

TEST_F(StrangerTest, AnAdminsGrantMakesAChannelHerSpacesOwn) {
  imported(chat(77, message(1, "а")));
  ASSERT_TRUE(run_blocking(service_->grant(call(), {.id = "77", .space = "other"})));
  EXPECT_EQ(count_of(uploaded_by_eve(chat(77, message(1, "правка", 1800000000))), "changed"), 1);
  EXPECT_EQ(messages("77").at(0).text, "правка");
}

TEST_F(ImportTest, PathsStayInTheImportFolder) {
  write_drop("ok.json", chat(77, message(1, "а")));
  std::filesystem::create_symlink(folder_ / "drop" / "ok.json", folder_ / "drop" / "link.json");
  std::filesystem::create_directory_symlink("/etc", folder_ / "drop" / "etc");
  const auto answer = [this](const std::string& path, api::Role role = api::Role::admin) {
    const auto reply =
        run_blocking(service_->import_posts(call("ann", "default", role), {.path = path}));
    if (reply) finished(reply->job_id);
    return reply ? "accepted" : reply.error().message;
  };
  EXPECT_EQ(answer("ok.json"), "accepted");
  EXPECT_EQ(answer((folder_ / "drop" / "ok.json").string()), "accepted");
  EXPECT_EQ(answer("ok.json", api::Role::user),
            "only an admin may import by path; upload the file");
  EXPECT_EQ(answer("../telegram.db"), "path: must be in the import folder");
  EXPECT_EQ(answer("/etc/passwd"), "path: must be in the import folder");
  const char* kLinks = "path: must be a file in the import folder; links are not followed";
  EXPECT_EQ(answer("link.json"), kLinks);
  EXPECT_EQ(answer("etc/passwd"), kLinks);
  EXPECT_EQ(answer("absent.json"), "path: must be an existing file in the import folder");
}

TEST_F(ImportTest, OnlyTheDiskLimitsTheSizeOfAFile) {
  std::size_t limit = 0;
  api::kEndpoints<api::Telegram>.each([&limit](const auto& row) {
    if (row.spec.path == "/channels/import") limit = row.spec.body_limit;
  });
  EXPECT_EQ(limit, std::numeric_limits<std::size_t>::max());
}

TEST_F(ImportTest, UploadsAreGoneWhenTheirJobHasEnded) {
  const auto accepted = run_blocking(service_->import_posts(
      call(), {.file = api::Upload{.filename = "../../result.json",
                                   .content_type = "application/json",
                                   .bytes = api::bytes_source(chat(77, message(1, "а")))}}));
  ASSERT_TRUE(accepted);
  EXPECT_EQ(finished(accepted->job_id).state, api::JobState::done);
  close();  // after the job's last step
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "data" / "imports"));
  // Uploads whose job was not stored before a crash are removed at the next start.
  const auto left = disk_files().create(folder_ / "data" / "imports" / "left.upload");
  ASSERT_TRUE(left && (*left)->append("{"));
  open();
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "data" / "imports"));
}

// A client that sends one piece and no more.
class StalledSource final : public api::ByteSource {
 public:
  Task<Result<std::optional<std::string>>> read() override {
    if (!std::exchange(has_sent_, true)) co_return std::optional<std::string>("{");
    const auto seen = stalled_.version();
    stalls_.notify();
    co_await stalled_.wait_after(seen, std::chrono::hours(1));
    co_return unavailable("client");
  }
  void wait_until_stalled() {
    if (stalls_.version() == 0) run_blocking(stalls_.wait_after(0, std::chrono::seconds(10)));
  }

 private:
  bool has_sent_ = false;
  Notifier stalls_;
  Notifier stalled_;
};

TEST_F(ImportTest, AClientThatLeavesLeavesNoUploadBehind) {
  const auto source = std::make_shared<StalledSource>();
  Gate client;
  const auto ask = [](TelegramService* service,
                      std::shared_ptr<StalledSource> bytes) -> Task<void> {
    static_cast<void>(co_await service->import_posts(
        call(), {.file = api::Upload{.filename = "result.json",
                                     .content_type = "application/json",
                                     .bytes = std::move(bytes)}}));
  };
  client.spawn(loops_.next(), ask(service_.get(), source));
  source->wait_until_stalled();
  ASSERT_TRUE(run_blocking(service_->erase(call(), {})));
  EXPECT_FALSE(std::filesystem::is_empty(folder_ / "data" / "imports")) << "it is being written";
  client.close();
  client.cancel();
  run_blocking(client.wait());
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "data" / "imports"));
}

TEST_F(ImportTest, EraseRemovesFilesThatNoRowNames) {
  for (const char* folder : {"imports", "files"})
    ASSERT_TRUE(disk_files().create(folder_ / "data" / folder / "left").value()->append("secret"));
  ASSERT_TRUE(run_blocking(service_->erase(call(), {})));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "data" / "imports"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "data" / "files"));
}

// Jobs end when what they stored is searchable: while nothing is, the first two hold their places.
TEST_F(ImportTest, TwoImportsRunTheOthersAreQueued) {
  close();
  hold_acknowledgements(true);
  open();
  const auto accept = [this](std::int64_t chat_id) {
    const std::string name = write_drop(fmt::format("{}.json", chat_id), chat(chat_id, many(1)));
    return run_blocking(service_->import_posts(call(), {.path = name}))->job_id;
  };
  const auto wait_until_stored = [this](const std::string& id) {
    const auto events = run_blocking(service_->job_events(call(), {id})).value();
    while (run_blocking(events->next()).value()->done == 0) {
    }
  };
  const std::string first = accept(71);
  const std::string second = accept(72);
  const std::string third = accept(73);
  const std::string fourth = accept(74);
  wait_until_stored(first);
  wait_until_stored(second);
  EXPECT_EQ(run_blocking(service_->job(call(), {third}))->state, api::JobState::queued);
  EXPECT_EQ(run_blocking(service_->cancel_job(call(), {third}))->state, api::JobState::cancelled);
  EXPECT_TRUE(messages("73").empty()) << "it never ran";
  EXPECT_EQ(run_blocking(service_->job(call(), {fourth}))->state, api::JobState::queued);
  ASSERT_TRUE(run_blocking(service_->cancel_job(call(), {second})));
  wait_until_stored(fourth);
}

TEST_F(ImportTest, AnUploadStaysUntilItsJobHasEnded) {
  hold_acknowledgements(true);
  const auto accepted = run_blocking(service_->import_posts(
      call(), {.file = api::Upload{.filename = "result.json",
                                   .content_type = "application/json",
                                   .bytes = api::bytes_source(chat(77, message(1, "а")))}}));
  ASSERT_TRUE(accepted);
  {
    const auto events = run_blocking(service_->job_events(call(), {accepted->job_id})).value();
    while (const auto job = run_blocking(events->next()).value_or(std::nullopt)) {
      if (job->done == 1) break;
    }
  }
  // Everything is stored, nothing is searchable yet: after a restart the job runs again.
  close();
  EXPECT_FALSE(std::filesystem::is_empty(folder_ / "data" / "imports"));
  hold_acknowledgements(false);
  open();
  const api::Job job = finished(accepted->job_id);
  EXPECT_EQ(job.state, api::JobState::done) << job.error.value_or("");
  EXPECT_EQ(count_of(job, "new"), 1);
}

TEST_F(ImportTest, HealthTellsItsParts) {
  const auto health = run_blocking(service_->health(call(), {})).value();
  EXPECT_EQ(health.status, api::HealthStatus::healthy);
  EXPECT_EQ(health.details.at("version").as_string(), "1.2.3");
  for (const char* off : {"telegram_connected", "telegram_authorized", "kafka_connected"})
    EXPECT_FALSE(health.details.at(off).as_bool());
  std::string parts;
  for (const auto& part : health.details.at("parts").as_array())
    parts += std::string(part.at("part").as_string()) + ":" +
             std::string(part.at("state").as_string()) + " ";
  EXPECT_EQ(parts, "database:up web_preview:up telegram_account:off kafka:off ");
}

}  // namespace
}  // namespace tg::telegram
