// Converts message objects to posts. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/json.hpp"
#include "service/telegram/post.hpp"

namespace tg::telegram {

// Repairs what Telegram Desktop wrote so that it is JSON: `\xNN` becomes `\u00NN`, unquoted values
// are quoted.
std::string repair_message(std::string_view raw);

// One message object of an export of that chat as a post; nullopt for service messages. An error
// names the field that cannot be (an id or a time out of bounds).
Result<std::optional<Post>> post_of_message(const json::Object& message, const Channel& chat);

struct PostsFilePost {
  Channel channel;
  Post post;
};
// One element of `posts` in our own files. The channel counts as private unless it has a public
// name: the file does not say who may see it.
Result<PostsFilePost> post_of_posts_file(const json::Object& object);

}  // namespace tg::telegram
