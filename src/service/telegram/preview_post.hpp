// One post of a web preview page. No I/O.
#pragma once

#include "service/telegram/html.hpp"
#include "service/telegram/preview_page.hpp"

namespace tg::telegram {

// What data-view says of a post, besides its own number.
struct PageView {
  std::optional<std::int64_t> bare_channel_id;
  std::optional<UnixMillis> made_at;
  bool is_album = false;
};
PageView parse_view(std::string_view data_view);

// `message` is a .tgme_widget_message; refused when its data-post names no post.
Result<PagePost> parse_page_post(html::Node message);

}  // namespace tg::telegram
