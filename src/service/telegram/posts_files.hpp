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

// Without the extension. Other characters than letters, digits, '-' and '_' become '_'.
std::string posts_file_stem(const std::string& channel, UnixMillis parsed_at);
std::string to_json_file(const PostsFile& file);
std::string to_txt_file(const PostsFile& file);

}  // namespace tg::telegram
