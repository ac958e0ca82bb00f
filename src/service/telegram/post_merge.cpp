#include "service/telegram/post_merge.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace tg::telegram {
namespace {

bool is_page(Source source) {
  return source != Source::export_file;
}

template <typename T>
bool merge_field(std::optional<T>& mine, const std::optional<T>& seen, bool replaces) {
  if (!seen || mine == seen || (mine && !replaces)) return false;
  mine = seen;
  return true;
}

// The latest time at which the stored text is known to have stood.
UnixMillis known_until(const Post& post) {
  return std::max(post.edited.value_or(post.date), post.seen_at.value_or(post.date));
}

UnixMillis speaks_for(const Post& seen, Source source, Source stored) {
  if (!is_page(source)) return seen.edited.value_or(seen.date);
  const bool may_be_new = seen.is_edited || is_page(stored);
  return may_be_new ? seen.seen_at.value_or(seen.date) : seen.date;
}

bool is_caption_elsewhere(const StoredPost& stored, const Post& seen) {
  return stored.post.album_id && is_page(stored.source) && seen.text.empty();
}

bool takes_text(const StoredPost& stored, const Post& seen, Source source) {
  if (same_text(stored.post.text, seen.text) || is_caption_elsewhere(stored, seen)) return false;
  // A page cannot show every kind of post.
  if (stored.post.text.empty() && source < stored.source) return true;
  return speaks_for(seen, source, stored.source) > known_until(stored.post);
}

bool merge_edit_time(Post& mine, const Post& seen) {
  if (!seen.edited) return false;
  // What was guessed from a page is an upper bound: an export knows better.
  const bool replaces = mine.edited_is_guess || *seen.edited > mine.edited.value_or(mine.date);
  mine.edited_is_guess &= !replaces;
  return merge_field(mine.edited, seen.edited, replaces);
}

bool merge_fields(Post& mine, const Post& seen, bool is_better) {
  const bool is_newer = !seen.seen_at || !mine.seen_at || *seen.seen_at >= *mine.seen_at;
  bool changed = merge_field(mine.author, seen.author, is_better);
  changed |= merge_field(mine.sender_id, seen.sender_id, is_better);
  changed |= merge_field(mine.reply_to, seen.reply_to, is_better);
  changed |= merge_field(mine.forwarded_from, seen.forwarded_from, is_better);
  changed |= merge_field(mine.media_type, seen.media_type, is_better);
  changed |= merge_field(mine.media_url, seen.media_url, is_better);
  changed |= merge_field(mine.views, seen.views, is_newer);
  changed |= merge_field(mine.forwards, seen.forwards, is_newer);
  static_cast<void>(merge_field(mine.album_id, seen.album_id, false));
  return changed;
}

std::string comparable(std::string_view canonical) {
  std::string out;
  out.reserve(canonical.size());
  const auto is_end = [](char32_t c) { return c == ' ' || c == '\n' || c == '\t'; };
  std::size_t offset = 0;
  while (offset < canonical.size()) {
    const std::string_view rest = canonical.substr(offset);
    if (rest.starts_with("http://") || rest.starts_with("https://")) {
      offset += rest.find("//") + 2;
      continue;
    }
    const char32_t c = text::next_code_point(canonical, offset);
    const bool ends =
        offset == canonical.size() || is_end(static_cast<unsigned char>(canonical[offset]));
    if (is_end(c) || c == 0xFE0E || c == 0xFE0F || (c == '/' && ends)) continue;
    text::append_code_point(out, c);
  }
  return out;
}

}  // namespace

bool same_text(std::string_view a, std::string_view b) {
  return a == b || comparable(a) == comparable(b);
}

void guess_edit_time(Post& post) {
  if (!post.is_edited || post.edited) return;
  post.edited = post.seen_at;
  post.edited_is_guess = true;
}

Merged merge(const StoredPost& stored, const Post& seen, Source source) {
  Merged merged{.next = stored};
  Post& mine = merged.next.post;
  const bool is_better = source < stored.source;
  merged.is_changed = merge_fields(mine, seen, is_better);
  if (takes_text(stored, seen, source)) {
    mine.text = seen.text;
    mine.title = seen.title;
    mine.edited = is_page(source) ? seen.seen_at : seen.edited;
    mine.edited_is_guess = is_page(source);
    mine.seen_at = seen.seen_at;
    ++merged.next.version;
    merged.is_new_version = merged.is_changed = true;
  } else if (same_text(stored.post.text, seen.text)) {
    merged.is_changed |= merge_field(mine.title, seen.title, false);
    merged.is_changed |= merge_edit_time(mine, seen);
    if (seen.seen_at && (!mine.seen_at || *seen.seen_at > *mine.seen_at)) {
      mine.seen_at = seen.seen_at;
      merged.is_confirmed = true;
    }
  }
  if (is_better) merged.next.source = source;
  return merged;
}

}  // namespace tg::telegram
