#include "service/telegram/post_merge.hpp"

#include <algorithm>
#include <cmath>

#include "base/text.hpp"
#include "service/telegram/post_extra.hpp"

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

// The latest time at which the post is known to have had the stored text.
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
  // A time guessed from a page is only an upper bound.
  if (seen.edited_is_guess && mine.edited) return false;
  const bool replaces = mine.edited_is_guess || *seen.edited > mine.edited.value_or(mine.date);
  if (replaces || !mine.edited) mine.edited_is_guess = seen.edited_is_guess;
  return merge_field(mine.edited, seen.edited, replaces);
}

// Counts change all day without a change of text: the index is updated in steps of about a tenth.
// The steps are fixed, so that many small changes add up.
int step_of(std::optional<std::int64_t> count) {
  if (!count) return -1;
  return static_cast<int>(std::log1p(static_cast<double>(std::max<std::int64_t>(*count, 0))) /
                          std::log(1.1));
}

enum class Moved { no, a_little, a_step };

Moved merge_count(std::optional<std::int64_t>& mine, const std::optional<std::int64_t>& seen,
                  bool is_newer) {
  const int before = step_of(mine);
  if (!merge_field(mine, seen, is_newer)) return Moved::no;
  return step_of(mine) == before ? Moved::a_little : Moved::a_step;
}

bool merge_fields(Post& mine, const Post& seen, bool is_better) {
  bool changed = merge_field(mine.author, seen.author, is_better);
  changed |= merge_field(mine.sender_id, seen.sender_id, is_better);
  changed |= merge_field(mine.reply_to, seen.reply_to, is_better);
  changed |= merge_field(mine.forwarded_from, seen.forwarded_from, is_better);
  changed |= merge_field(mine.media_type, seen.media_type, is_better);
  changed |= merge_field(mine.media_url, seen.media_url, is_better);
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

namespace {

// A trusted source shows a post that was known from a user's file only: it replaces everything,
// except that an equal text keeps its spelling.
Merged take_over(const StoredPost& stored, Post seen, Source source) {
  Merged merged{.next = {.post = {}, .version = stored.version, .source = source},
                .is_changed = true};
  guess_edit_time(seen);
  if (same_text(stored.post.text, seen.text)) {
    seen.text = stored.post.text;
  } else {
    ++merged.next.version;
    merged.is_new_version = true;
  }
  merged.next.post = std::move(seen);
  return merged;
}

bool takes_over(const StoredPost& stored, const Post& seen, Source source) {
  if (stored.post.is_shared || !seen.is_shared) return false;
  if (same_text(stored.post.text, seen.text) || takes_text(stored, seen, source)) return true;
  // What t.me shows now is newer than any file, but it does not show every kind of post.
  return source == Source::preview && !seen.text.empty();
}

}  // namespace

Merged merge(const StoredPost& stored, const Post& seen, Source source) {
  if (takes_over(stored, seen, source)) return take_over(stored, seen, source);
  // Of a shared post, a user's file can only be a newer version.
  if (stored.post.is_shared && !seen.is_shared && !takes_text(stored, seen, source))
    return Merged{.next = stored};
  Merged merged{.next = stored};
  Post& mine = merged.next.post;
  const bool is_better = source < stored.source;
  const bool is_newer = !seen.seen_at || !mine.seen_at || *seen.seen_at >= *mine.seen_at;
  const Moved counts = std::max(merge_count(mine.views, seen.views, is_newer),
                                merge_count(mine.forwards, seen.forwards, is_newer));
  merged.is_changed = merge_fields(mine, seen, is_better) || counts == Moved::a_step;
  merged.is_confirmed =
      merge_extra(mine.extra, seen.extra, is_better, is_newer) || counts == Moved::a_little;
  if (takes_text(stored, seen, source)) {
    mine.text = seen.text;
    mine.title = seen.title;
    mine.edited = is_page(source) ? seen.seen_at : seen.edited;
    mine.edited_is_guess = is_page(source);
    mine.seen_at = seen.seen_at;
    mine.is_shared = seen.is_shared;
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
