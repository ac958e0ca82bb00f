// A page of a channel's public web preview (t.me/s/<name>), as values. No I/O.
//
//   TG_TRY(const PreviewPage page, parse_preview_page(html));
//   for (const PagePost& post : page.posts) ...          // oldest first, about twenty
//   if (page.before) next = fetch("?before=" + *page.before);
//
// What a page does not say stays empty: a missing count is not zero. The texts are as the page
// shows them; canonical_text() makes them comparable with other sources.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/post_types.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

namespace tg::telegram {

struct PageChannel {
  std::optional<std::int64_t> bare_id;  // from data-view: known without an account
  std::string title;
  std::string username;
  std::string description;
  std::optional<std::string> photo_url;
  std::optional<std::int64_t> subscribers;  // rounded by the page: "109K"
  bool is_verified = false;
};

enum class PageMedia {
  none,
  photo,
  video,
  video_message,  // round
  animation,
  voice,
  audio,
  document,
  location,
  sticker,
  poll,
  webpage,  // nothing but a link's preview
  unsupported
};
// "photo", "video", ...; empty for none.
std::string_view media_word(PageMedia media);

struct AlbumItem {
  std::int64_t message_id = 0;
  PageMedia media = PageMedia::photo;
  std::optional<std::string> url;
};

struct PagePost {
  std::int64_t message_id = 0;
  std::string name;  // the channel's, of data-post
  bool is_service = false;
  std::string text;
  std::optional<std::string> title;   // a bold first line
  std::optional<UnixMillis> date;     // absent only on broken pages
  std::optional<UnixMillis> seen_at;  // when the page was made
  bool is_edited = false;
  std::optional<std::int64_t> views;
  std::optional<std::string> signature;  // the person who wrote it
  std::optional<std::string> owner;      // the channel's title as the post shows it
  std::optional<std::string> forwarded_from;
  std::optional<std::int64_t> reply_to;
  PageMedia media = PageMedia::none;
  std::optional<std::string> media_url;  // expires, but for a link's
  api::PostExtra extra;                  // what else is shown
  std::vector<AlbumItem> album;          // all items, the post's own first; empty for a single post
};

struct PreviewPage {
  PageChannel channel;
  std::vector<PagePost> posts;         // oldest first
  std::vector<std::string> refused;    // why other posts of the page could not be read, each
  std::optional<std::int64_t> before;  // older posts are asked for with it; absent: the beginning
};

// "not_previewable" when there is no history on the page (private, a group, a person, restricted):
// never an empty channel.
Result<PreviewPage> parse_preview_page(std::string_view html);

std::unexpected<Error> not_previewable();

// What t.me/<name> says where t.me/s/<name> sent us: whether anybody has that name.
bool names_somebody(std::string_view html);

// "44", "4.2K", "2.23M", "12 345".
std::optional<std::int64_t> parse_count(std::string_view text);
// Seconds of "0:17", "1:02:33"; bytes of "3.2 MB".
std::optional<std::int64_t> parse_duration(std::string_view text);
std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace tg::telegram
