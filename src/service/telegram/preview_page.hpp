// Parses a page of a channel's public web preview (t.me/s/<name>). Pure.
//
//   TG_TRY(const PreviewPage page, parse_preview_page(html));
//   for (const PagePost& post : page.posts) ...          // oldest first, about twenty
//   if (page.before) next = fetch("?before=" + *page.before);
//
// Fields that a page does not show are empty: a missing count is not zero. Texts are as shown;
// canonical_text() makes them comparable with other sources.
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
  std::optional<std::int64_t> bare_id;  // from data-view; nullopt if no post is shown
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
  webpage,  // only the preview of a link
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
  std::string name;  // of the channel, from data-post
  bool is_service = false;
  std::string text;
  std::optional<std::string> title;   // a bold first line
  std::optional<UnixMillis> date;     // absent only on broken pages
  std::optional<UnixMillis> seen_at;  // when the page was rendered
  bool is_edited = false;
  std::optional<std::int64_t> views;
  std::optional<std::string> signature;  // the author of a signed post
  std::optional<std::string> owner;      // the channel's title as the post shows it
  std::optional<std::string> forwarded_from;
  std::optional<std::int64_t> reply_to;
  PageMedia media = PageMedia::none;
  std::optional<std::string> media_url;  // temporary, except for links
  api::PostExtra extra;                  // reactions, files, polls, ...
  std::vector<AlbumItem> album;          // all items, the post's own first; empty for a single post
};

struct PreviewPage {
  PageChannel channel;
  std::vector<PagePost> posts;         // oldest first
  std::vector<std::string> refused;    // a reason for each post that could not be read
  std::optional<std::int64_t> before;  // cursor of older posts; nullopt at the channel's beginning
};

// "not_previewable" if the page has no history (private, a group, a person, restricted), so that
// such a channel is not taken for an empty one.
Result<PreviewPage> parse_preview_page(std::string_view html);

std::unexpected<Error> not_previewable();

// Whether the profile page t.me/<name> says that the name is taken.
bool names_somebody(std::string_view html);

// Parses "44", "4.2K", "2.23M", "12 345".
std::optional<std::int64_t> parse_count(std::string_view text);
// Seconds of "0:17" or "1:02:33"; bytes of "3.2 MB".
std::optional<std::int64_t> parse_duration(std::string_view text);
std::optional<std::int64_t> parse_size(std::string_view text);

}  // namespace tg::telegram
