#include "service/telegram/page_posts.hpp"

#include "service/telegram/post_extra.hpp"
#include "service/telegram/post_merge.hpp"

namespace tg::telegram {
namespace {

std::optional<std::string> non_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<std::string> media_type(PageMedia media) {
  return media == PageMedia::none ? std::nullopt : std::optional(std::string(media_word(media)));
}

}  // namespace

Result<Channel> channel_of(const PageChannel& page) {
  if (!page.bare_id) {
    return fail(Code::conflict, "preview.no_posts",
                "the preview shows no posts yet, so the channel's id is unknown");
  }
  return Channel{.kind = PeerKind::channel,
                 .bare_id = *page.bare_id,
                 .title = page.title.empty() ? page.username : page.title,
                 .username = page.username,
                 .participants = page.subscribers,
                 .description = non_empty(page.description),
                 .photo_url = page.photo_url,
                 .verified = page.is_verified};
}

std::vector<Post> posts_of(const PagePost& page, const Channel& channel, UnixMillis now) {
  if (page.is_service || !page.date) return {};
  Post post{.message_id = page.message_id, .text = {}, .date = *page.date};
  post.extra = page.extra;
  const std::string media = media_words(post.extra, media_word(page.media));
  post.text = canonical_text(page.text + (page.text.empty() || media.empty() ? "" : "\n") + media);
  if (page.title) post.title = canonical_text(*page.title);
  post.author = page.signature ? page.signature : page.owner;
  post.sender_id = -1'000'000'000'000 - channel.bare_id;
  post.reply_to = page.reply_to;
  post.forwarded_from = page.forwarded_from;
  post.media_type = media_type(page.media);
  if (page.media == PageMedia::webpage) post.media_url = page.media_url;
  post.views = page.views;
  post.is_edited = page.is_edited;
  post.seen_at = page.seen_at.value_or(now);
  std::vector<Post> posts;
  for (const AlbumItem& item : page.album) {
    if (item.message_id == page.message_id) continue;
    Post other = post;
    other.message_id = item.message_id;
    other.text.clear();
    other.title.reset();
    other.is_edited = false;
    other.media_type = media_type(item.media);
    other.album_id = page.message_id;
    other.extra = {};
    posts.push_back(std::move(other));
  }
  if (!posts.empty()) post.album_id = page.message_id;
  posts.insert(posts.begin(), std::move(post));
  return posts;
}

api::PostView view_of(Post post, const Channel& channel, const PagePost& page) {
  guess_edit_time(post);
  return {.message_id = post.message_id,
          .channel_id = channel.id(),
          .channel_title = channel.title,
          .channel_username = channel.username,
          .text = post.text,
          .date = format_iso8601_offset(post.date),
          .sender_id = post.sender_id,
          .views = post.views,
          .forwards = post.forwards,
          .reply_to_msg_id = post.reply_to,
          .media_type = post.media_type,
          .media_url = page.media_url,
          .sync_type = api::SyncType::historical,
          .extra = shown_extra(post)};
}

}  // namespace tg::telegram
