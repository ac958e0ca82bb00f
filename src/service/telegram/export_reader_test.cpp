#include "service/telegram/export_reader.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace tg::telegram {
namespace {

struct Seen {
  std::vector<Channel> channels;
  std::vector<Post> posts;
  int services = 0;
  std::vector<std::string> refused;
  Result<void> end;
};

Seen read(std::string_view text, std::size_t piece = 1 << 20) {
  Seen seen;
  ExportReader reader(
      {.on_channel = [&](const Channel& c) { seen.channels.push_back(c); },
       .on_post = [&](Post p) { seen.posts.push_back(std::move(p)); },
       .on_service = [&] { ++seen.services; },
       .on_refused = [&](std::string reason, std::int64_t) { seen.refused.push_back(reason); }});
  while (!text.empty()) {
    if (auto fed = reader.feed(text.substr(0, piece)); !fed) {
      seen.end = fed;
      return seen;
    }
    text.remove_prefix(std::min(piece, text.size()));
  }
  seen.end = reader.finish();
  return seen;
}

constexpr std::string_view kChat = R"json({
 "name": "Купол \"Север\"", "type": "public_channel", "id": 1234567,
 "messages": [
  {"id": 1, "type": "service", "date": "2025-01-01T10:00:00", "date_unixtime": "1735714800", "action": "create_channel", "actor": "x", "text": "", "text_entities": []},
  {"id": 2, "type": "message", "date": "2025-01-02T10:00:00", "date_unixtime": "1735801200", "from": "Купол", "from_id": "channel1234567",
   "text": [{"type": "bold", "text": "Первый свет"}, "\nТелескоп ", {"type":"text_link","text":"готов","href":"https://example.org"}],
   "text_entities": [{"type": "bold", "text": "Первый свет"}, {"type": "plain", "text": "\nТелескоп "}, {"type":"text_link","text":"готов","href":"https://example.org"}]},
  {"id": 3, "type": "message", "date": "2025-01-03T10:00:00", "date_unixtime": "1735887600", "edited": "2025-01-04T10:00:00", "edited_unixtime": "1735974000",
   "photo": "(File not included. Change data exporting settings to download.)", "reply_to_message_id": 2, "forwarded_from": "Other", "text": "", "text_entities": []},
  {"id": 4, "type": "message", "date_unixtime": "1735887700", "text": "control \x07 char", "text_entities": [{"type":"plain","text":"control \x07 char"}]},
  {"id": 5, "type": "unsupported"},
  {"type": "message"}
 ]
})json";

TEST(ExportReader, ReadsOneChat) {
  const Seen seen = read(kChat);
  ASSERT_TRUE(seen.end) << seen.end.error().message;
  ASSERT_EQ(seen.channels.size(), 1U);
  EXPECT_EQ(seen.channels[0].title, "Купол \"Север\"");
  EXPECT_EQ(seen.channels[0].id(), 1234567);
  ASSERT_EQ(seen.posts.size(), 3U);
  EXPECT_EQ(seen.posts[0].text, "Первый свет\nТелескоп готов");
  EXPECT_EQ(seen.posts[0].title, "Первый свет");
  EXPECT_EQ(seen.posts[0].sender_id, -1000001234567);
  EXPECT_EQ(format_iso8601(seen.posts[0].date), "2025-01-02T07:00:00Z");
  EXPECT_EQ(seen.posts[1].media_type, "photo");
  EXPECT_EQ(seen.posts[1].reply_to, 2);
  EXPECT_TRUE(seen.posts[1].edited);
  EXPECT_EQ(seen.posts[2].text, "control char");
  EXPECT_EQ(seen.services, 1);
  EXPECT_EQ(seen.refused,
            (std::vector<std::string>{
                "a message that Telegram Desktop did not export (type \"unsupported\")",
                "a message without id"}));
}

TEST(ExportReader, AMessageOfAnUnknownTypeIsRefused) {
  const Seen seen =
      read(R"({"name":"N","type":"public_channel","id":5,"messages":[{"id":1,"text":"a"},)"
           R"({"id":2,"type":"other","text":"b"}]})");
  EXPECT_EQ(seen.services, 0);
  EXPECT_EQ(seen.refused,
            (std::vector<std::string>{"message 1: type: must be message, service or unsupported",
                                      "message 2: type: must be message, service or unsupported"}));
}

TEST(ExportReader, ChatsWithoutANameAreCalledByTheirType) {
  for (const auto& [type, title] :
       {std::pair("saved_messages", "Saved Messages"), std::pair("replies", "Replies"),
        std::pair("verification_codes", "Verification Codes"),
        std::pair("personal_chat", "Deleted Account")}) {
    const Seen seen = read(fmt::format(R"({{"type":"{}","id":5,"messages":[]}})", type));
    ASSERT_EQ(seen.channels.size(), 1U);
    EXPECT_EQ(seen.channels[0].title, title);
  }
}

TEST(ExportReader, APostsFileMayBeEmpty) {
  const Seen seen =
      read(R"({"parsed_at":"2025-01-02T10:00:00Z","channel":"durov","total_posts":0,"posts":[]})");
  EXPECT_TRUE(seen.end) << seen.end.error().message;
  EXPECT_TRUE(seen.channels.empty());
}

TEST(ExportReader, AFileNameMayBeginLikeTheSentenceOfAMissingFile) {
  const auto name_of = [](const std::string& name) {
    const Seen seen = read(fmt::format(
        R"({{"name":"N","type":"public_channel","id":5,"messages":[{{"id":1,"type":"message",)"
        R"("date_unixtime":"1735801200","file":"x","file_name":"{}","text":"a"}}]}})",
        name));
    return seen.posts.at(0).extra.file ? seen.posts[0].extra.file->name : std::nullopt;
  };
  EXPECT_EQ(name_of("(File not included. Change data exporting settings to download.)"),
            std::nullopt);
  EXPECT_EQ(name_of("(File 3) plan.pdf"), "(File 3) plan.pdf");
}

TEST(ExportReader, SplittingTheInputChangesNothing) {
  const Seen whole = read(kChat);
  for (const std::size_t piece : {1UL, 2UL, 7UL, 61UL}) {
    const Seen split = read(kChat, piece);
    ASSERT_EQ(split.posts.size(), whole.posts.size());
    for (std::size_t i = 0; i < whole.posts.size(); ++i)
      EXPECT_EQ(split.posts[i].text, whole.posts[i].text);
    EXPECT_EQ(split.services, whole.services);
  }
}

TEST(ExportReader, ReadsAWholeAccount) {
  const Seen seen =
      read(R"({"about":"Here is the data","personal_information":{"user_id":7,"first_name":"A"},
    "chats":{"about":"x","list":[
      {"name":"One","type":"public_channel","id":11,"messages":[{"id":1,"type":"message","date_unixtime":"1735801200","text":"a"}]},
      {"name":"Two","type":"private_supergroup","id":12,"messages":[]}]},
    "left_chats":{"about":"y","list":[
      {"name":null,"type":"personal_chat","id":13,"messages":[{"id":2,"type":"message","date_unixtime":"1735801200","text":["b",{"type":"link","text":"c"}]}]}]}})");
  ASSERT_TRUE(seen.end) << seen.end.error().message;
  ASSERT_EQ(seen.channels.size(), 3U);
  EXPECT_FALSE(seen.channels[0].is_private);
  EXPECT_TRUE(seen.channels[1].is_private);
  EXPECT_EQ(seen.channels[2].kind, PeerKind::user);
  ASSERT_EQ(seen.posts.size(), 2U);
  EXPECT_EQ(seen.posts[1].text, "bc");
}

TEST(ExportReader, ACutFileKeepsItsPrefixAndSaysWhere) {
  const std::string cut(kChat.substr(0, kChat.find("{\"id\": 4") + 20));
  const Seen seen = read(cut);
  EXPECT_EQ(seen.posts.size(), 2U);
  ASSERT_FALSE(seen.end);
  EXPECT_EQ(seen.end.error().reason, "export.cut");
  EXPECT_NE(seen.end.error().message.find(fmt::format("byte {}", cut.size())), std::string::npos);
}

TEST(ExportReader, UnquotedValuesAndForeignFiles) {
  const Seen seen = read(
      "{\"name\":\"N\",\"type\":\"public_channel\",\"id\":5,\"messages\":[{\"id\":1,\"type\":"
      "\"message\",\"date_unixtime\":\"1735801200\",\"text_entities\":[{\"type\":\"custom_emoji\","
      "\"text\":"
      "\"x\",\"document_id\": stickers/a b.webp\n}]}]}");
  ASSERT_EQ(seen.posts.size(), 1U);
  EXPECT_EQ(seen.posts[0].text, "x");
  EXPECT_EQ(read("hello").end.error().reason, "export.unknown");
  EXPECT_EQ(read("{\"a\":1}").end.error().reason, "export.unknown");
  EXPECT_EQ(read("").end.error().reason, "export.unknown");
  EXPECT_EQ(read("{\"messages\":[}").end.error().reason, "export.broken");
}

TEST(ExportReader, ReadsOurOwnFiles) {
  const Seen seen =
      read(R"({"parsed_at":"2026-01-31T20:05:13Z","channel":"durov","total_posts":1,"posts":[
    {"message_id":468,"channel_id":1006503122,"channel_title":"Pavel Durov","channel_username":"durov","text":"This year","date":"2026-01-07T09:55:48+00:00","sender_id":-1001006503122,"views":2365549,"forwards":null,"reply_to_msg_id":null,"media_type":"photo","media_url":null,"sync_type":"historical"}]})");
  ASSERT_TRUE(seen.end) << seen.end.error().message;
  ASSERT_EQ(seen.posts.size(), 1U);
  EXPECT_EQ(seen.channels[0].username, "durov");
  EXPECT_EQ(seen.posts[0].views, 2365549);
}

TEST(ExportReader, OurOwnFilesKeepThePeerAndTrustNoName) {
  const auto one = [](const std::string& id, const std::string& name) {
    return read(fmt::format(
        R"({{"channel":"-666","posts":[{{"message_id":1,"channel_id":{},"channel_title":"Т","channel_username":{},"text":"a","date":"2025-01-02T10:00:00+00:00"}}]}})",
        id, name));
  };
  const Seen group = one("-666", "null");
  ASSERT_EQ(group.channels.size(), 1U);
  EXPECT_EQ(group.channels[0].kind, PeerKind::group);
  EXPECT_EQ(group.channels[0].bare_id, 666);
  EXPECT_TRUE(group.channels[0].is_private);
  EXPECT_FALSE(group.channels[0].username);
  const Seen user = one(std::to_string(-(1LL << 60) - 555), "null");
  ASSERT_EQ(user.channels.size(), 1U);
  EXPECT_EQ(user.channels[0].kind, PeerKind::user);
  EXPECT_EQ(user.channels[0].bare_id, 555);
  const Seen named = one("-1000000000077", R"("1877204513")");
  ASSERT_EQ(named.channels.size(), 1U);
  EXPECT_EQ(named.channels[0].id(), 77);
  EXPECT_FALSE(named.channels[0].username);
  EXPECT_FALSE(one("77", R"("durov")").channels.at(0).is_private);
}

// One message of a chat 77 with these fields.
Seen read_message(const std::string& fields) {
  return read(R"({"name":"N","type":"public_channel","id":77,"messages":[{"type":"message",)" +
              fields + R"(,"text":"a"}]})");
}

TEST(ExportReader, RefusesIdsAndTimesOutOfBounds) {
  const auto reason = [](const std::string& fields) {
    const Seen seen = read_message(fields);
    return seen.refused.empty() ? "" : seen.refused[0];
  };
  const std::string dated = R"("id":5,"date_unixtime":"1735801200",)";
  const std::string when = "must be a time from 2013 to 2100";
  EXPECT_EQ(reason(R"("id":5,"date_unixtime":"9223372036854775807")"),
            "message 5: date_unixtime: " + when);
  EXPECT_EQ(reason(R"("id":5,"date_unixtime":"-99999999999")"),
            "message 5: date_unixtime: " + when);
  EXPECT_EQ(reason(R"("id":5,"date":"1999-01-01T00:00:00")"), "message 5: date: " + when);
  EXPECT_EQ(reason(dated + R"("edited_unixtime":"99999999999999")"),
            "message 5: edited_unixtime: " + when);
  EXPECT_EQ(reason(dated + R"("edited_unixtime":"0")"), "");
  EXPECT_EQ(reason(dated + R"("from_id":"channel9223372036854775807")"),
            "message 5: from_id: must be channel, chat or user and a number from 1 to 2^52");
  EXPECT_EQ(reason(dated + R"("reply_to_message_id":9223372036854775807)"),
            "message 5: reply_to_message_id: must be a number up to 2^52, not 0");
  EXPECT_EQ(reason(R"("id":9223372036854775807,"date_unixtime":"1735801200")"),
            "message 9223372036854775807: id: must be a number up to 2^52, not 0");
  EXPECT_EQ(
      read(R"({"type":"personal_chat","id":9223372036854775807,"messages":[]})").refused,
      std::vector<std::string>{"a chat with id 9223372036854775807: id: must be from 1 to 2^52"});
}

TEST(ExportReader, RefusesInvalidPostsOfOurFiles) {
  const auto reason = [](const std::string& fields) {
    const Seen seen = read(R"({"posts":[{)" + fields + "}]}");
    return seen.refused.empty() ? "" : seen.refused[0];
  };
  const std::string when = R"("date":"2025-01-02T10:00:00Z")";
  EXPECT_EQ(reason(R"("message_id":1,"channel_id":7,"date":"9999-01-01T00:00:00Z")"),
            "message 1: date: must be a time from 2013 to 2100");
  EXPECT_TRUE(reason(R"("message_id":1,"channel_id":-9223372036854775808,)" + when)
                  .starts_with("message 1: channel_id: "));
  EXPECT_EQ(reason(R"("message_id":1,"channel_id":7,"views":-5,)" + when),
            "message 1: views: must be a number from 0 to 2^52");
  EXPECT_EQ(reason(R"("message_id":1,"channel_id":7,"views":5,)" + when), "");
}

TEST(ExportReader, AReplyIntoAnotherChatHasNoParentHere) {
  const auto parent = [](const std::string& peer) {
    return read_message(R"("id":5,"date_unixtime":"1735801200","reply_to_message_id":2)" + peer)
        .posts.at(0)
        .reply_to;
  };
  EXPECT_EQ(parent(""), 2);
  EXPECT_EQ(parent(R"(,"reply_to_peer_id":"channel77")"), 2);
  EXPECT_EQ(parent(R"(,"reply_to_peer_id":"channel777")"), std::nullopt);
  EXPECT_EQ(parent(R"(,"reply_to_peer_id":"user77")"), std::nullopt);
}

TEST(ExportReader, AFileThatWasNotExportedIsMediaWithoutAName) {
  const std::string absent =
      R"json("(File not included. Change data exporting settings to download.)")json";
  const Seen seen = read_message(R"("id":5,"date_unixtime":"1735801200","file":)" + absent +
                                 R"(,"file_name":)" + absent);
  ASSERT_EQ(seen.posts.size(), 1U);
  EXPECT_EQ(seen.posts[0].media_type, "document");
  EXPECT_EQ(seen.posts[0].text, "a");
}

TEST(Post, CanonicalTextIsOneFormForAllSources) {
  EXPECT_EQ(canonical_text(" a\u00a0 b \r\n\n\n\n c\u200b\n"), "a b\n\nc");
  EXPECT_EQ(canonical_text("👩\u200d🔬"), "👩\u200d🔬");
  EXPECT_EQ(canonical_text(canonical_text("x \n\n y\t")), canonical_text("x \n\n y\t"));
}

}  // namespace
}  // namespace tg::telegram
