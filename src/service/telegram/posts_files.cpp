#include "service/telegram/posts_files.hpp"

#include <fmt/chrono.h>

#include "base/json.hpp"
#include "service/telegram/channel_store.hpp"
#include "service/telegram/post_extra.hpp"

namespace tg::telegram {
namespace {

std::tm utc(UnixMillis time) {
  return fmt::gmtime(std::chrono::system_clock::to_time_t(time));
}

// `extra` and `peer` are present only if they hold something.
json::Value written(const api::PostView& post, const std::optional<Channel>& peer) {
  json::Value value = json::write(post);
  json::Value& extra = value.get_object().at("extra");
  if (post.extra) {
    extra = compact(extra);
  } else {
    value.get_object().erase("extra");
  }
  if (peer) {
    value.get_object()["peer"] =
        json::Object{{"kind", kind_word(peer->kind)}, {"id", peer->bare_id}};
  }
  return value;
}

}  // namespace

std::string posts_file_stem(const std::string& channel, UnixMillis parsed_at) {
  std::string name = channel;
  for (char& c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '-';
    if (!is_plain) c = '_';
  }
  return fmt::format("telegram_posts_{}_{:%Y%m%d_%H%M%S}", name, utc(parsed_at));
}

std::string to_json_file(const PostsFile& file) {
  json::Array posts;
  for (const api::PostView& post : file.posts) posts.push_back(written(post, file.peer));
  return json::to_pretty_text(json::Object{{"parsed_at", format_iso8601_offset(file.parsed_at)},
                                           {"channel", file.channel},
                                           {"total_posts", file.posts.size()},
                                           {"posts", std::move(posts)}}) +
         "\n";
}

std::string to_txt_file(const PostsFile& file) {
  std::string out =
      fmt::format("Парсинг выполнен: {:%Y-%m-%d %H:%M:%S}\nКанал: {}\nВсего постов: {}\n{}\n\n",
                  utc(file.parsed_at), file.channel, file.posts.size(), std::string(50, '='));
  for (const api::PostView& post : file.posts) {
    out += fmt::format("ID: {}\nДата: {}\nКанал: {}\n", post.message_id, post.date,
                       post.channel_title);
    if (post.views) out += fmt::format("Просмотры: {}\n", *post.views);
    if (post.media_type) out += fmt::format("Медиа: {}\n", *post.media_type);
    out += fmt::format("Текст:\n{}\n{}\n\n", post.text, std::string(30, '-'));
  }
  return out;
}

}  // namespace tg::telegram
