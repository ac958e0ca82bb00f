// The two files in which posts are saved: telegram_posts_{channel}_{YYYYMMDD_HHMMSS}.json and .txt.
// Pure functions; times are UTC.
#pragma once

#include <string>
#include <vector>

#include "api/telegram_types.hpp"
#include "base/clock.hpp"
#include "service/telegram/post.hpp"

namespace tg::telegram {

struct PostsFile {
  UnixMillis parsed_at;
  std::string channel;  // its username, or its id
  std::vector<api::PostView> posts;
  // Of a chat of one account: written with each post, because the chat's id does not reveal it.
  std::optional<Channel> peer = {};
};

// The name without extension. Characters of the channel other than letters, digits, '-' and '_'
// become '_'.
std::string posts_file_stem(const std::string& channel, UnixMillis parsed_at);
std::string to_json_file(const PostsFile& file);
std::string to_txt_file(const PostsFile& file);

}  // namespace tg::telegram
