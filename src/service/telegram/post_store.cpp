#include "service/telegram/post_store.hpp"

#include <algorithm>
#include <limits>

#include <fmt/core.h>

#include "service/telegram/channel_store.hpp"
#include "service/telegram/post_extra.hpp"
#include "service/telegram/post_merge.hpp"
#include "service/telegram/sql_values.hpp"

namespace tg::telegram {
namespace {

using sql::Connection;
using sql::Row;
using sql::Rows;

constexpr std::int64_t kAlbumItems = 10;

Result<void> insert_version(Connection& connection, std::int64_t channel_id, const Post& post,
                            std::int64_t version, Source source, UnixMillis now) {
  TG_TRY_VOID(
      connection.run("INSERT INTO post_versions (channel_id, message_id, version, text, edited_ms, "
                     "source, observed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     {channel_id, post.message_id, version, post.text, to_millis(post.edited),
                      static_cast<int>(source), to_millis(now)}));
  return {};
}

Result<Change> insert_post(Connection& connection, Feed& feed, const Channel& channel, Post post,
                           Source source, UnixMillis now) {
  const std::int64_t id = channel.id();
  guess_edit_time(post);
  TG_TRY_VOID(connection.run(
      "INSERT INTO posts (channel_id, message_id, document_id, version, text, title, date_ms, "
      "edited_ms, author, sender_id, reply_to, forwarded_from, media_type, media_url, views, "
      "forwards, album_id, seen_ms, source, observed_ms, live, edited_is_guess, extra, is_shared) "
      "VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, "
      "$19, $20, $21, $22, $23)",
      {id,
       post.message_id,
       document_id_of(channel, post.message_id).text(),
       post.text,
       post.title,
       to_millis(post.date),
       to_millis(post.edited),
       post.author,
       post.sender_id,
       post.reply_to,
       post.forwarded_from,
       post.media_type,
       post.media_url,
       post.views,
       post.forwards,
       post.album_id,
       to_millis(post.seen_at),
       static_cast<int>(source),
       to_millis(now),
       post.is_live,
       post.edited_is_guess,
       extra_column(post.extra),
       post.is_shared}));
  TG_TRY_VOID(insert_version(connection, id, post, 1, source, now));
  TG_TRY_VOID(feed.post_changed(connection, id, post.message_id));
  return Change::added;
}

constexpr std::string_view kStoredColumns =
    "version, text, title, date_ms, edited_ms, author, sender_id, reply_to, forwarded_from, "
    "media_type, media_url, views, forwards, album_id, seen_ms, source, edited_is_guess, extra, "
    "is_shared";

StoredPost read_stored(const Row& row, std::int64_t message_id) {
  StoredPost stored;
  stored.version = row.integer(0);
  Post& post = stored.post;
  post.message_id = message_id;
  post.text = row.text(1);
  post.title = row.optional_text(2);
  post.date = from_millis(row.integer(3));
  post.edited = time_at(row, 4);
  post.author = row.optional_text(5);
  post.sender_id = row.optional_integer(6);
  post.reply_to = row.optional_integer(7);
  post.forwarded_from = row.optional_text(8);
  post.media_type = row.optional_text(9);
  post.media_url = row.optional_text(10);
  post.views = row.optional_integer(11);
  post.forwards = row.optional_integer(12);
  post.album_id = row.optional_integer(13);
  post.seen_at = time_at(row, 14);
  stored.source = static_cast<Source>(row.integer(15));
  post.edited_is_guess = row.integer(16) != 0;
  post.extra = extra_of_column(row.text(17));
  post.is_shared = row.integer(18) != 0;
  return stored;
}

// True if another item of the album has this caption already; unshared items do not suppress the
// caption of a shared one.
Result<bool> is_caption_of_another(Connection& connection, std::int64_t channel_id,
                                   std::int64_t album_id, const Post& seen) {
  TG_TRY(const Rows rows,
         connection.run(
             "SELECT text FROM posts WHERE channel_id = $1 AND message_id BETWEEN $2 AND "
             "$3 AND message_id <> $4 AND text <> '' AND is_shared >= $5",
             {channel_id, album_id, album_id + kAlbumItems - 1, seen.message_id, seen.is_shared}));
  return std::ranges::any_of(rows,
                             [&seen](const Row& row) { return same_text(row.text(0), seen.text); });
}

Result<Change> update_post(Connection& connection, Feed& feed, std::int64_t channel_id,
                           const StoredPost& stored, Post seen, Source source, UnixMillis now) {
  const auto album = seen.album_id ? seen.album_id : stored.post.album_id;
  if (album && stored.post.text.empty() && !seen.text.empty()) {
    TG_TRY(const bool elsewhere, is_caption_of_another(connection, channel_id, *album, seen));
    if (elsewhere) seen.text.clear();
  }
  const Merged merged = merge(stored, seen, source);
  if (!merged.is_changed && !merged.is_confirmed) return Change::unchanged;
  const Post& post = merged.next.post;
  TG_TRY_VOID(connection.run(
      "UPDATE posts SET version = $3, text = $4, title = $5, edited_ms = $6, author = $7, "
      "sender_id = $8, reply_to = $9, forwarded_from = $10, media_type = $11, media_url = $12, "
      "views = $13, forwards = $14, album_id = $15, seen_ms = $16, source = $17, "
      "observed_ms = $18, edited_is_guess = $19, extra = $20, is_shared = $21, date_ms = $22 "
      "WHERE channel_id = $1 AND message_id = $2",
      {channel_id,
       post.message_id,
       merged.next.version,
       post.text,
       post.title,
       to_millis(post.edited),
       post.author,
       post.sender_id,
       post.reply_to,
       post.forwarded_from,
       post.media_type,
       post.media_url,
       post.views,
       post.forwards,
       post.album_id,
       to_millis(post.seen_at),
       static_cast<int>(merged.next.source),
       to_millis(now),
       post.edited_is_guess,
       extra_column(post.extra),
       post.is_shared,
       to_millis(post.date)}));
  if (merged.is_new_version)
    TG_TRY_VOID(insert_version(connection, channel_id, post, merged.next.version, source, now));
  if (merged.is_changed) TG_TRY_VOID(feed.post_changed(connection, channel_id, post.message_id));
  return merged.is_new_version ? Change::changed : Change::unchanged;
}

}  // namespace

const std::string_view kPostColumns =
    "p.message_id, p.channel_id, c.title, c.username, p.text, p.date_ms, p.sender_id, p.views, "
    "p.forwards, p.reply_to, p.media_type, p.media_url, p.live";

api::PostView read_post_view(const Row& row, std::size_t at) {
  api::PostView view;
  view.message_id = row.integer(at);
  view.channel_id = row.integer(at + 1);
  view.channel_title = row.text(at + 2);
  view.channel_username = row.optional_text(at + 3);
  view.text = row.text(at + 4);
  view.date = format_iso8601_offset(from_millis(row.integer(at + 5)));
  view.sender_id = row.optional_integer(at + 6);
  view.views = row.optional_integer(at + 7);
  view.forwards = row.optional_integer(at + 8);
  view.reply_to_msg_id = row.optional_integer(at + 9);
  view.media_type = row.optional_text(at + 10);
  view.media_url = row.optional_text(at + 11);
  view.sync_type = row.integer(at + 12) != 0 ? api::SyncType::realtime : api::SyncType::historical;
  return view;
}

Result<Change> store_post(Connection& connection, Feed& feed, const Channel& channel, Post post,
                          Source source, UnixMillis now) {
  post.is_shared |= source == Source::preview;
  static const std::string kSelect =
      fmt::format("SELECT {} FROM posts WHERE channel_id = $1 AND message_id = $2", kStoredColumns);
  TG_TRY(const Rows rows, connection.run(kSelect, {channel.id(), post.message_id}));
  if (rows.empty()) return insert_post(connection, feed, channel, std::move(post), source, now);
  StoredPost stored = read_stored(rows[0], post.message_id);
  return update_post(connection, feed, channel.id(), stored, std::move(post), source, now);
}

Result<bool> has_shared_post(Connection& connection, std::int64_t channel_id, const Post& post) {
  TG_TRY(const Rows rows, connection.run("SELECT text FROM posts WHERE channel_id = $1 AND "
                                         "message_id = $2 AND is_shared = 1",
                                         {channel_id, post.message_id}));
  return !rows.empty() && same_text(rows[0].text(0), post.text);
}

namespace {

std::optional<api::PostExtra> read_shown_extra(const Row& row) {
  Post post;
  post.author = row.optional_text(0);
  post.edited = time_at(row, 1);
  post.album_id = row.optional_integer(2);
  post.forwarded_from = row.optional_text(3);
  post.extra = extra_of_column(row.text(4));
  return shown_extra(post);
}

}  // namespace

Result<std::vector<api::PostView>> list_posts(Connection& connection,
                                              const api::Principal& principal,
                                              std::int64_t channel_id, std::int64_t limit,
                                              std::optional<std::int64_t> before) {
  static const std::string kSelect = fmt::format(
      "SELECT p.author, p.edited_ms, p.album_id, p.forwarded_from, p.extra, {} FROM posts p "
      "JOIN channels c ON c.channel_id = p.channel_id WHERE p.channel_id = $3 AND p.message_id < "
      "$4 AND {} ORDER BY p.message_id DESC LIMIT $5",
      kPostColumns, kPostVisible);
  std::vector<sql::Value> parameters = grantees(principal);
  parameters.emplace_back(channel_id);
  parameters.emplace_back(before.value_or(std::numeric_limits<std::int64_t>::max()));
  parameters.emplace_back(limit);
  std::vector<api::PostView> posts;
  TG_TRY_VOID(connection.each(kSelect, parameters, [&posts](const Row& row) {
    posts.push_back(read_post_view(row, 5));
    posts.back().extra = read_shown_extra(row);
    return true;
  }));
  return posts;
}

}  // namespace tg::telegram
