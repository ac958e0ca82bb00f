#include "service/telegram/posts_files.hpp"

#include <gtest/gtest.h>

#include "base/json.hpp"

namespace tg::telegram {
namespace {

PostsFile example() {
  PostsFile file{
      .parsed_at = parse_iso8601("2026-01-31T20:05:13Z").value(), .channel = "durov", .posts = {}};
  api::PostView post{.message_id = 468,
                     .channel_id = 1006503122,
                     .channel_title = "Pavel Durov",
                     .channel_username = "durov",
                     .text = "This year, I wish you less \"noise\"\nи больше тишины ❄",
                     .date = "2026-01-07T09:55:48+00:00",
                     .sender_id = -1001006503122,
                     .views = 2365549,
                     .media_type = "photo"};
  file.posts.push_back(post);
  post.message_id = 467;
  post.text = "plain";
  post.views.reset();
  post.media_type.reset();
  file.posts.push_back(post);
  return file;
}

TEST(PostsFiles, AreNamedByChannelAndSecond) {
  EXPECT_EQ(posts_file_stem("durov", example().parsed_at), "telegram_posts_durov_20260131_200513");
  EXPECT_EQ(posts_file_stem("../a b", example().parsed_at),
            "telegram_posts____a_b_20260131_200513");
}

TEST(PostsFiles, TheTextFormToTheLetter) {
  EXPECT_EQ(to_txt_file(example()),
            "Парсинг выполнен: 2026-01-31 20:05:13\n"
            "Канал: durov\n"
            "Всего постов: 2\n"
            "==================================================\n"
            "\n"
            "ID: 468\n"
            "Дата: 2026-01-07T09:55:48+00:00\n"
            "Канал: Pavel Durov\n"
            "Просмотры: 2365549\n"
            "Медиа: photo\n"
            "Текст:\n"
            "This year, I wish you less \"noise\"\nи больше тишины ❄\n"
            "------------------------------\n"
            "\n"
            "ID: 467\n"
            "Дата: 2026-01-07T09:55:48+00:00\n"
            "Канал: Pavel Durov\n"
            "Текст:\n"
            "plain\n"
            "------------------------------\n"
            "\n");
}

TEST(PostsFiles, TheJsonFormIsIndentedUnescapedAndKeepsNulls) {
  const std::string text = to_json_file(example());
  EXPECT_TRUE(
      text.starts_with("{\n  \"parsed_at\": \"2026-01-31T20:05:13+00:00\",\n"
                       "  \"channel\": \"durov\",\n  \"total_posts\": 2,\n  \"posts\": [\n"
                       "    {\n      \"message_id\": 468,\n"))
      << text;
  EXPECT_NE(text.find("и больше тишины ❄"), std::string::npos);
  EXPECT_NE(text.find("\"views\": null"), std::string::npos);
  const auto value = json::parse(text);
  ASSERT_TRUE(value);
  std::string keys;
  for (const auto& field : value->at("posts").at(0).as_object())
    keys += std::string(field.key()) + " ";
  EXPECT_EQ(keys,
            "message_id channel_id channel_title channel_username text date sender_id views "
            "forwards reply_to_msg_id media_type media_url sync_type ");
}

}  // namespace
}  // namespace tg::telegram
