// One message object into a post.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "service/telegram/post.hpp"

namespace tg::telegram {

// JSON out of what Telegram Desktop wrote: `\xNN` becomes `\u00NN`, values without quotes get them.
std::string repair_message(std::string_view raw);

struct PostsFilePost {
  Channel channel;
  Post post;
};
// One element of `posts` in our own files.
Result<PostsFilePost> post_of_posts_file(const json::Object& object);

}  // namespace tg::telegram
