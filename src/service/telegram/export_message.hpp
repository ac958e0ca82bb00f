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

// One message object of an export of that chat into a post; nullopt for service messages and
// unsupported ones. What no Telegram has (a number or time out of bounds) is refused by name.
Result<std::optional<Post>> post_of_message(const json::Object& message, const Channel& chat);

struct PostsFilePost {
  Channel channel;
  Post post;
};
// One element of `posts` in our own files. The channel is private unless its public name is told:
// the file does not say who may see it.
Result<PostsFilePost> post_of_posts_file(const json::Object& object);

}  // namespace tg::telegram
