// Posts of the web preview in the form in which they are stored. Pure.
#pragma once

#include <vector>

#include "api/telegram_types.hpp"
#include "service/telegram/post.hpp"
#include "service/telegram/preview_page.hpp"

namespace tg::telegram {

// An error for a page that does not tell the channel's number (it shows no post).
Result<Channel> channel_of(const PageChannel& page);

// The messages that a shown post stands for: one, or each item of an album, of which the first has
// the text. None for service messages and for posts without a date.
std::vector<Post> posts_of(const PagePost& page, const Channel& channel, UnixMillis now);

// As clients see it; what the page shows of media goes along, though its address expires.
api::PostView view_of(Post post, const Channel& channel, const PagePost& page);

}  // namespace tg::telegram
