// Converts posts of the web preview to the form in which they are stored. Pure.
#pragma once

#include <vector>

#include "api/telegram_types.hpp"
#include "service/telegram/post.hpp"
#include "service/telegram/preview_page.hpp"

namespace tg::telegram {

// An error if the page shows no post, because the channel's id is then unknown.
Result<Channel> channel_of(const PageChannel& page);

// The messages behind a shown post: one, or each item of an album, the first of which has the text.
// Empty for service messages and posts without a date.
std::vector<Post> posts_of(const PagePost& page, const Channel& channel, UnixMillis now);

// The post as clients see it, including the temporary URL of its media.
api::PostView view_of(Post post, const Channel& channel, const PagePost& page);

}  // namespace tg::telegram
