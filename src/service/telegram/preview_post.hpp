// Parses one post of a web preview page. Pure.
#pragma once

#include "service/telegram/html.hpp"
#include "service/telegram/preview_page.hpp"

namespace tg::telegram {

// The contents of data-view, except for the post's own id.
struct PageView {
  std::optional<std::int64_t> bare_channel_id;
  std::optional<UnixMillis> made_at;
  bool is_album = false;
};
PageView parse_view(std::string_view data_view);

// `message` is a .tgme_widget_message element. An error if its data-post names no post.
Result<PagePost> parse_page_post(html::Node message);

}  // namespace tg::telegram
