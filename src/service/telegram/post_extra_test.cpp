#include "service/telegram/post_extra.hpp"

#include <gtest/gtest.h>

#include "service/telegram/export_extra.hpp"
#include "service/telegram/export_message.hpp"
#include "service/telegram/post_merge.hpp"
#include "service/telegram/posts_files.hpp"

namespace tg::telegram {
namespace {

// Every field that an export has besides text and times.
constexpr std::string_view kMessage = R"json({
 "id": 9, "type": "message", "date_unixtime": "1735801200", "from": "Купол", "from_id": "channel77",
 "forwarded_from": "Другой", "forwarded_from_id": "channel78", "saved_from": "Третий",
 "reply_to_message_id": 4, "reply_to_peer_id": "channel79", "via_bot": "@gifs",
 "file": "(File not included. Change data exporting settings to download.)",
 "file_name": "ночь.mp3", "file_size": 4096, "media_type": "audio_file", "performer": "Хор",
 "title": "Ночь", "mime_type": "audio/mpeg", "duration_seconds": 61, "media_spoiler": true,
 "location_information": {"latitude": 59.9, "longitude": 30.3}, "place_name": "Купол",
 "address": "ул. Звёздная",
 "contact_information": {"first_name": "Анна", "last_name": "", "phone_number": "+7 1"},
 "poll": {"question": ["Ко", {"type": "bold", "text": "гда"}], "closed": true, "total_voters": 12,
          "answers": [{"text": "сейчас", "voters": 5, "chosen": false}, {"text": "потом"}]},
 "reactions": [{"type": "emoji", "count": 3, "emoji": "👍"},
               {"type": "custom_emoji", "count": 2, "document_id": "54321"},
               {"type": "paid", "count": 1}, {"type": "emoji", "count": -1, "emoji": "x"}, 7],
 "todo_list": {"title": "Собрать", "items": []}, "giveaway_information": {"quantity": 2},
 "inline_bot_buttons": [[{"type": "url", "text": "Туда", "data": "https://example.org"}]],
 "text": "", "text_entities": [{"type": "text_link", "text": "тут", "href": "https://example.org/a"}]
})json";

Post post_of(std::string_view message) {
  const Channel chat{.bare_id = 77};
  const auto value = json::parse(message).value();
  return post_of_message(value.get_object(), chat).value().value();
}

TEST(PostExtra, AnExportFillsEveryField) {
  const Post post = post_of(kMessage);
  const api::PostExtra& extra = post.extra;
  EXPECT_EQ(extra.forwarded_from_id, -1'000'000'000'078);
  EXPECT_EQ(extra.saved_from, "Третий");
  EXPECT_EQ(extra.reply_to_url, "https://t.me/c/79/4");
  EXPECT_FALSE(post.reply_to);
  EXPECT_EQ(extra.via_bot, "gifs");
  EXPECT_EQ(extra.links, std::vector<std::string>{"https://example.org/a"});
  ASSERT_EQ(extra.reactions.size(), 3U);
  EXPECT_EQ(extra.reactions[0], (api::Reaction{"👍", 3}));
  EXPECT_EQ(extra.reactions[1], (api::Reaction{"custom:54321", 2}));
  EXPECT_EQ(extra.reactions[2], (api::Reaction{"paid", 1}));
  EXPECT_EQ(extra.file, (api::PostFile{.name = "ночь.mp3",
                                       .size = 4096,
                                       .mime_type = "audio/mpeg",
                                       .duration_seconds = 61,
                                       .width = {},
                                       .height = {},
                                       .performer = "Хор",
                                       .title = "Ночь",
                                       .emoji = {},
                                       .spoiler = true}));
  EXPECT_EQ(extra.place, (api::PostPlace{59.9, 30.3, "Купол", "ул. Звёздная"}));
  EXPECT_EQ(extra.contact, (api::PostContact{"Анна", {}, "+7 1"}));
  ASSERT_TRUE(extra.poll);
  EXPECT_EQ(extra.poll->question, "Когда");
  EXPECT_EQ(extra.poll->closed, true);
  EXPECT_EQ(extra.poll->voters, 12);
  EXPECT_EQ(extra.poll->options,
            (std::vector<api::PollOption>{{"сейчас", 5, {}}, {"потом", {}, {}}}));
  ASSERT_TRUE(extra.other);
  EXPECT_EQ(
      json::to_text(*extra.other),
      R"({"todo_list":{"title":"Собрать"},"giveaway_information":{"quantity":2},)"
      R"("inline_bot_buttons":[[{"type":"url","text":"Туда","data":"https://example.org"}]]})");
}

TEST(PostExtra, WhatIsNotToldTakesNoRoom) {
  const Post plain =
      post_of(R"({"id":1,"type":"message","date_unixtime":"1735801200","text":"a"})");
  EXPECT_EQ(plain.extra, api::PostExtra{});
  EXPECT_FALSE(extra_column(plain.extra));
  EXPECT_FALSE(shown_extra(plain));
  const api::PostExtra full = post_of(kMessage).extra;
  const std::string column = extra_column(full).value();
  EXPECT_EQ(column.find("null"), std::string::npos);
  EXPECT_EQ(extra_of_column(column), full);
  EXPECT_EQ(extra_of_column(""), api::PostExtra{});
  EXPECT_EQ(extra_of_column("{broken"), api::PostExtra{});
}

TEST(PostExtra, WordsOfMediaAreTheSameWhicheverSourceTellsThem) {
  const api::PostExtra none;
  EXPECT_EQ(media_words(none, "photo"), "");
  EXPECT_EQ(media_words(post_of(kMessage).extra, "audio"),
            "Когда\n– сейчас\n– потом\nКупол\nул. Звёздная\nХор – Ночь");
  api::PostExtra document;
  document.file = api::PostFile{.name = "отчёт.pdf"};
  EXPECT_EQ(media_words(document, "document"), "отчёт.pdf");
  EXPECT_EQ(media_words(document, "video"), "") << "a film's file name says nothing";
}

StoredPost stored_with(const api::PostExtra& extra, Source source) {
  StoredPost stored;
  stored.post.text = "a";
  stored.post.extra = extra;
  stored.source = source;
  return stored;
}

TEST(PostExtra, ABetterSourceReplacesAWorseOneFills) {
  Post page{.message_id = 1, .text = "a"};
  page.extra.via_bot = "page";
  page.extra.forwarded_url = "https://t.me/other/9";
  Post file{.message_id = 1, .text = "a"};
  file.extra.via_bot = "export";
  file.extra.saved_from = "Третий";
  const auto first_page =
      merge(stored_with(page.extra, Source::preview), file, Source::export_file);
  const auto first_file =
      merge(stored_with(file.extra, Source::export_file), page, Source::preview);
  for (const Merged& merged : {first_page, first_file}) {
    EXPECT_EQ(merged.next.post.extra.via_bot, "export");
    EXPECT_EQ(merged.next.post.extra.saved_from, "Третий");
    EXPECT_EQ(merged.next.post.extra.forwarded_url, "https://t.me/other/9");
  }
}

TEST(PostExtra, NewerReactionsAreKeptAndAreNoNewsToTheIndex) {
  api::PostExtra few;
  few.reactions = {{"👍", 1}};
  StoredPost stored = stored_with(few, Source::preview);
  stored.post.seen_at = UnixMillis(std::chrono::seconds(2'000));
  Post seen = stored.post;
  seen.extra.reactions = {{"👍", 500}};
  const Merged newer = merge(stored, seen, Source::preview);
  EXPECT_FALSE(newer.is_changed);
  EXPECT_FALSE(newer.is_new_version);
  EXPECT_TRUE(newer.is_confirmed) << "the row is kept current";
  EXPECT_EQ(newer.next.post.extra.reactions[0].count, 500);
  seen.seen_at = UnixMillis(std::chrono::seconds(1'000));
  EXPECT_EQ(merge(stored, seen, Source::preview).next.post.extra, few) << "an older page";
  seen.extra.reactions.clear();
  seen.seen_at = UnixMillis(std::chrono::seconds(3'000));
  EXPECT_EQ(merge(stored, seen, Source::preview).next.post.extra, few) << "absence is not zero";
}

// As the service does: shown to clients, saved, read again.
Post through_a_file(const Post& post) {
  api::PostView view{.message_id = post.message_id,
                     .channel_id = 77,
                     .channel_title = "Купол",
                     .channel_username = "kupol",
                     .text = post.text,
                     .date = format_iso8601_offset(post.date)};
  view.extra = shown_extra(post);
  const auto file =
      json::parse(to_json_file({.parsed_at = {}, .channel = "kupol", .posts = {view}}));
  return post_of_posts_file(file->at("posts").at(0).get_object()).value().post;
}

TEST(PostExtra, OurFilesKeepAllOfIt) {
  Post post = post_of(kMessage);
  post.edited = post.date + std::chrono::hours(1);
  const Post back = through_a_file(post);
  EXPECT_EQ(back.extra, post.extra);
  EXPECT_EQ(back.author, "Купол");
  EXPECT_EQ(back.forwarded_from, "Другой");
  EXPECT_EQ(back.edited, post.edited);
  EXPECT_TRUE(back.edited_is_guess) << "an export knows better";
  const Post plain = through_a_file(Post{.message_id = 1, .text = "a", .date = post.date});
  EXPECT_EQ(plain.extra, api::PostExtra{});
  EXPECT_FALSE(plain.is_edited);
}

TEST(PostExtra, AFilesExtraIsCheckedByName) {
  const auto refusal = [](std::string_view extra) {
    const auto value = json::parse(fmt::format(
        R"({{"message_id":1,"channel_id":5,"date":"2025-01-02T10:00:00Z","extra":{}}})", extra));
    const auto post = post_of_posts_file(value->get_object());
    return post ? std::string() : post.error().message;
  };
  EXPECT_EQ(refusal("null"), "");
  EXPECT_EQ(refusal(R"({"unknown":1})"), "");
  EXPECT_NE(refusal(R"({"reactions":[{"reaction":"x","count":"many"}]})").find("extra.reactions"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"edited_at":"1999-01-01T00:00:00Z"})").find("extra.edited_at"),
            std::string::npos);
  EXPECT_NE(refusal(R"({"album_id":0})").find("extra.album_id"), std::string::npos);
  EXPECT_NE(refusal("[]").find("extra"), std::string::npos);
}

}  // namespace
}  // namespace tg::telegram
