// The two files in which posts are saved: telegram_posts_{channel}_{YYYYMMDD_HHMMSS}.json and .txt.
// Pure; times are UTC.
#pragma once

#include <string>
#include <vector>

#include "api/telegram_types.hpp"
#include "base/clock.hpp"

namespace tg::telegram {

struct PostsFile {
  UnixMillis parsed_at;
  std::string channel;  // its name
  std::vector<api::PostView> posts;
};

// Without the ending. What is no letter, digit, '-' or '_' in the channel becomes '_'.
std::string posts_file_stem(const std::string& channel, UnixMillis parsed_at);
std::string to_json_file(const PostsFile& file);
std::string to_txt_file(const PostsFile& file);

}  // namespace tg::telegram
