#include "service/telegram/post_store.hpp"

#include <charconv>

#include <fmt/core.h>

namespace tg::telegram {
namespace {

using sql::Connection;
using sql::Row;
using sql::Rows;

std::int64_t millis(UnixMillis time) {
  return time.time_since_epoch().count();
}

std::optional<std::int64_t> millis(const std::optional<UnixMillis>& time) {
  return time ? std::optional(millis(*time)) : std::nullopt;
}

UnixMillis time_of(std::int64_t ms) {
  return UnixMillis(std::chrono::milliseconds(ms));
}

Result<void> emit(Connection& connection, std::string_view kind, std::int64_t channel_id,
                  std::int64_t message_id) {
  TG_TRY(const Rows next, connection.run("UPDATE outbox_position SET last_sequence = last_sequence "
                                         "+ 1 WHERE one = 1 RETURNING last_sequence"));
  TG_CHECK(
      connection.run("INSERT INTO outbox (sequence, event_id, kind, channel_id, message_id) VALUES "
                     "($1, $2, $3, $4, $5)",
                     {next[0].integer(0), Uuid::random().text(), kind, channel_id, message_id}));
  return {};
}

Result<void> insert_version(Connection& connection, std::int64_t channel_id, const Post& post,
                            std::int64_t version, Source source, UnixMillis now) {
  TG_CHECK(
      connection.run("INSERT INTO post_versions (channel_id, message_id, version, text, edited_ms, "
                     "source, observed_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                     {channel_id, post.message_id, version, post.text, millis(post.edited),
                      static_cast<int>(source), millis(now)}));
  return {};
}

Result<Change> insert_post(Connection& connection, const Channel& channel, const Post& post,
                           Source source, UnixMillis now) {
  const std::int64_t id = channel.id();
  TG_CHECK(connection.run(
      "INSERT INTO posts (channel_id, message_id, document_id, version, text, title, date_ms, "
      "edited_ms, author, sender_id, "
      "reply_to, forwarded_from, media_type, views, forwards, source, observed_ms) "
      "VALUES ($1, $2, $3, 1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
      {id, post.message_id, document_id_of(channel, post.message_id).text(), post.text, post.title,
       millis(post.date), millis(post.edited), post.author, post.sender_id, post.reply_to,
       post.forwarded_from, post.media_type, post.views, post.forwards, static_cast<int>(source),
       millis(now)}));
  TG_CHECK(insert_version(connection, id, post, 1, source, now));
  TG_CHECK(emit(connection, "post", id, post.message_id));
  return Change::added;
}

// What is stored beside what was seen; `merged` starts as the stored post.
struct Stored {
  Post post;
  std::int64_t version = 1;
  Source source = Source::export_file;
};

Stored read_stored(const Row& row, std::int64_t message_id) {
  Stored stored;
  stored.version = row.integer(0);
  stored.post.message_id = message_id;
  stored.post.text = row.text(1);
  stored.post.title = row.optional_text(2);
  stored.post.date = time_of(row.integer(3));
  if (!row.is_null(4)) stored.post.edited = time_of(row.integer(4));
  stored.post.author = row.optional_text(5);
  stored.post.sender_id = row.optional_integer(6);
  stored.post.reply_to = row.optional_integer(7);
  stored.post.forwarded_from = row.optional_text(8);
  stored.post.media_type = row.optional_text(9);
  stored.post.views = row.optional_integer(10);
  stored.post.forwards = row.optional_integer(11);
  stored.source = static_cast<Source>(row.integer(12));
  return stored;
}

template <typename T>
bool merge_field(std::optional<T>& mine, const std::optional<T>& seen, bool replaces) {
  if (!seen || mine == seen || (mine && !replaces)) return false;
  mine = seen;
  return true;
}

bool merge_fields(Post& mine, const Post& seen, bool better) {
  bool changed = merge_field(mine.author, seen.author, better);
  changed |= merge_field(mine.sender_id, seen.sender_id, better);
  changed |= merge_field(mine.reply_to, seen.reply_to, better);
  changed |= merge_field(mine.forwarded_from, seen.forwarded_from, better);
  changed |= merge_field(mine.media_type, seen.media_type, better);
  changed |= merge_field(mine.views, seen.views, true);
  changed |= merge_field(mine.forwards, seen.forwards, true);
  return changed;
}

Result<Change> update_post(Connection& connection, const Channel& channel, const Stored& stored,
                           const Post& post, Source source, UnixMillis now) {
  Post merged = stored.post;
  const bool better = source < stored.source;
  const UnixMillis mine = stored.post.edited.value_or(stored.post.date);
  const UnixMillis theirs = post.edited.value_or(post.date);
  const bool new_text =
      post.text != stored.post.text && (theirs > mine || (theirs == mine && better));
  bool changed = merge_fields(merged, post, better);
  if (new_text) {
    merged.text = post.text;
    merged.title = post.title;
    merged.edited = post.edited;
  } else if (post.text == stored.post.text) {
    changed |= merge_field(merged.title, post.title, false);
    changed |= merge_field(merged.edited, post.edited, theirs > mine);
  }
  if (!changed && !new_text) return Change::unchanged;
  const std::int64_t version = stored.version + (new_text ? 1 : 0);
  const std::int64_t id = channel.id();
  TG_CHECK(
      connection.run("UPDATE posts SET version = $3, text = $4, title = $5, edited_ms = $6, author "
                     "= $7, sender_id = $8, reply_to = $9, "
                     "forwarded_from = $10, media_type = $11, views = $12, forwards = $13, source "
                     "= $14, observed_ms = $15 "
                     "WHERE channel_id = $1 AND message_id = $2",
                     {id, post.message_id, version, merged.text, merged.title,
                      millis(merged.edited), merged.author, merged.sender_id, merged.reply_to,
                      merged.forwarded_from, merged.media_type, merged.views, merged.forwards,
                      static_cast<int>(better ? source : stored.source), millis(now)}));
  if (new_text) TG_CHECK(insert_version(connection, id, merged, version, source, now));
  TG_CHECK(emit(connection, "post", id, post.message_id));
  return new_text ? Change::changed : Change::unchanged;
}

constexpr std::string_view kPostColumns =
    "p.message_id, p.channel_id, c.title, c.username, p.text, p.date_ms, p.sender_id, p.views, "
    "p.forwards, p.reply_to, p.media_type";

api::PostView read_post_view(const Row& row, std::size_t at) {
  api::PostView view;
  view.message_id = row.integer(at);
  view.channel_id = row.integer(at + 1);
  view.channel_title = row.text(at + 2);
  view.channel_username = row.optional_text(at + 3);
  view.text = row.text(at + 4);
  view.date = format_iso8601_offset(time_of(row.integer(at + 5)));
  view.sender_id = row.optional_integer(at + 6);
  view.views = row.optional_integer(at + 7);
  view.forwards = row.optional_integer(at + 8);
  view.reply_to_msg_id = row.optional_integer(at + 9);
  view.media_type = row.optional_text(at + 10);
  return view;
}

std::string_view kind_word(PeerKind kind) {
  return kind == PeerKind::channel ? "channel" : kind == PeerKind::group ? "group" : "user";
}

constexpr std::string_view kVisible =
    "EXISTS (SELECT 1 FROM channel_grants g WHERE g.channel_id = c.channel_id AND g.grantee IN "
    "($1, $2))";

std::vector<sql::Value> grantees(const api::Principal& principal) {
  return {api::user_access_key(principal.user_id), api::space_access_key(principal.space)};
}

api::ChannelView read_channel(const Row& row) {
  api::ChannelView view;
  view.id = row.integer(0);
  view.title = row.text(1);
  view.username = row.optional_text(2);
  view.participants_count = row.optional_integer(3);
  view.watched = row.integer(4) != 0;
  view.posts = row.integer(5);
  if (!row.is_null(6)) view.date = time_of(row.integer(6));
  return view;
}

const std::string kChannelSelect = fmt::format(
    "SELECT c.channel_id, c.title, c.username, c.participants, c.watched, "
    "(SELECT count(*) FROM posts p WHERE p.channel_id = c.channel_id), "
    "(SELECT max(p.date_ms) FROM posts p WHERE p.channel_id = c.channel_id) "
    "FROM channels c WHERE {}",
    kVisible);

}  // namespace

Result<void> store_channel(Connection& connection, const Channel& channel,
                           const std::string& grantee, UnixMillis now) {
  TG_CHECK(
      connection.run("INSERT INTO channels (channel_id, kind, bare_id, title, username, "
                     "participants, created_ms, updated_ms) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT (channel_id) DO UPDATE "
                     "SET title = excluded.title, "
                     "username = coalesce(excluded.username, channels.username), "
                     "participants = coalesce(excluded.participants, channels.participants), "
                     "updated_ms = excluded.updated_ms",
                     {channel.id(), kind_word(channel.kind), channel.bare_id, channel.title,
                      channel.username, channel.participants, millis(now)}));
  TG_CHECK(connection.run(
      "INSERT INTO channel_grants (channel_id, grantee) VALUES ($1, $2) ON CONFLICT DO NOTHING",
      {channel.id(), grantee}));
  return {};
}

Result<Change> store_post(Connection& connection, const Channel& channel, const Post& post,
                          Source source, UnixMillis now) {
  TG_TRY(const Rows rows, connection.run("SELECT version, text, title, date_ms, edited_ms, author, "
                                         "sender_id, reply_to, forwarded_from, "
                                         "media_type, views, forwards, source FROM posts WHERE "
                                         "channel_id = $1 AND message_id = $2",
                                         {channel.id(), post.message_id}));
  if (rows.empty()) return insert_post(connection, channel, post, source, now);
  return update_post(connection, channel, read_stored(rows[0], post.message_id), post, source, now);
}

Result<std::int64_t> last_sequence(Connection& connection) {
  TG_TRY(const Rows rows,
         connection.run("SELECT last_sequence FROM outbox_position WHERE one = 1"));
  return rows[0].integer(0);
}

Result<std::vector<api::PostEvent>> take_events(Connection& connection, std::int64_t after,
                                                std::int64_t limit) {
  static const std::string kSelect = fmt::format(
      "SELECT o.sequence, o.event_id, o.kind, o.channel_id, p.document_id, p.version, p.author, "
      "p.edited_ms, p.forwarded_from, "
      "p.title, c.kind, c.bare_id, {} FROM outbox o LEFT JOIN channels c ON c.channel_id = "
      "o.channel_id "
      "LEFT JOIN posts p ON p.channel_id = o.channel_id AND p.message_id = o.message_id "
      "WHERE o.sequence > $1 ORDER BY o.sequence LIMIT $2",
      kPostColumns);
  std::vector<api::PostEvent> events;
  TG_CHECK(connection.each(kSelect, {after, limit}, [&events](const Row& row) {
    api::PostEvent event;
    event.sequence = row.integer(0);
    event.event_id = row.text(1);
    event.kind = row.text(2) == "channel_deleted" ? api::PostEventKind::channel_deleted
                 : row.is_null(4)                 ? api::PostEventKind::post_deleted
                                                  : api::PostEventKind::post;
    event.post.channel_id = row.integer(3);
    if (event.kind == api::PostEventKind::post) {
      event.document_id = row.text(4);
      event.version = row.integer(5);
      event.author = row.optional_text(6);
      if (!row.is_null(7)) event.edited_at = time_of(row.integer(7));
      event.forwarded_from = row.optional_text(8);
      event.title = row.optional_text(9);
      event.post = read_post_view(row, 12);
      Channel channel;
      channel.kind = row.text(10) == "channel" ? PeerKind::channel
                     : row.text(10) == "group" ? PeerKind::group
                                               : PeerKind::user;
      channel.bare_id = row.integer(11);
      channel.username = event.post.channel_username;
      event.url = post_url(channel, event.post.message_id);
    }
    events.push_back(std::move(event));
    return true;
  }));
  return events;
}

Result<void> acknowledge_events(Connection& connection,
                                const std::vector<std::int64_t>& sequences) {
  for (const std::int64_t sequence : sequences) {
    TG_CHECK(connection.run("DELETE FROM outbox WHERE sequence = $1", {sequence}));
  }
  return {};
}

Result<std::int64_t> pending_events(Connection& connection, std::int64_t sequence) {
  TG_TRY(const Rows rows,
         connection.run("SELECT count(*) FROM outbox WHERE sequence <= $1", {sequence}));
  return rows[0].integer(0);
}

Result<std::vector<api::ChannelView>> list_channels(Connection& connection,
                                                    const api::Principal& principal) {
  TG_TRY(const Rows rows,
         connection.run(kChannelSelect + " ORDER BY c.title, c.channel_id", grantees(principal)));
  std::vector<api::ChannelView> channels;
  for (const Row& row : rows) channels.push_back(read_channel(row));
  return channels;
}

Result<api::ChannelView> find_channel(Connection& connection, const api::Principal& principal,
                                      const std::string& name) {
  std::string word = name;
  if (word.starts_with("https://t.me/")) word = word.substr(13);
  if (word.starts_with("@")) word = word.substr(1);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  const bool is_number = error == std::errc() && end == word.data() + word.size();
  if (is_number && number < -1'000'000'000'000 && number > -2'000'000'000'000)
    number = -1'000'000'000'000 - number;
  std::vector<sql::Value> parameters = grantees(principal);
  parameters.emplace_back(is_number ? sql::Value(number) : sql::Value(word));
  const char* by = is_number ? " AND c.channel_id = $3" : " AND lower(c.username) = lower($3)";
  TG_TRY(const Rows rows, connection.run(kChannelSelect + by, parameters));
  if (rows.empty()) return not_found("channel");
  return read_channel(rows[0]);
}

Result<std::vector<api::PostView>> list_posts(Connection& connection, std::int64_t channel_id,
                                              std::int64_t limit,
                                              std::optional<std::int64_t> before) {
  static const std::string kSelect = fmt::format(
      "SELECT {} FROM posts p JOIN channels c ON c.channel_id = p.channel_id WHERE p.channel_id = "
      "$1 AND p.message_id < $2 "
      "ORDER BY p.message_id DESC LIMIT $3",
      kPostColumns);
  std::vector<api::PostView> posts;
  TG_CHECK(connection.each(
      kSelect, {channel_id, before.value_or(std::numeric_limits<std::int64_t>::max()), limit},
      [&posts](const Row& row) {
        posts.push_back(read_post_view(row, 0));
        return true;
      }));
  return posts;
}

Result<void> delete_channel(Connection& connection, std::int64_t channel_id) {
  TG_CHECK(connection.run("DELETE FROM outbox WHERE channel_id = $1", {channel_id}));
  TG_CHECK(connection.run("DELETE FROM channels WHERE channel_id = $1", {channel_id}));
  return emit(connection, "channel_deleted", channel_id, 0);
}

Result<std::vector<std::string>> visible_keys(Connection& connection,
                                              const api::Principal& principal) {
  TG_TRY(const Rows rows,
         connection.run("SELECT DISTINCT channel_id FROM channel_grants WHERE grantee IN ($1, $2)",
                        grantees(principal)));
  std::vector<std::string> keys;
  for (const Row& row : rows) keys.push_back(api::channel_access_key(row.integer(0)));
  return keys;
}

Result<void> set_grant(Connection& connection, std::int64_t channel_id, const std::string& space,
                       bool granted) {
  TG_CHECK(connection.run(granted
                              ? "INSERT INTO channel_grants (channel_id, grantee) VALUES ($1, $2) "
                                "ON CONFLICT DO NOTHING"
                              : "DELETE FROM channel_grants WHERE channel_id = $1 AND grantee = $2",
                          {channel_id, api::space_access_key(space)}));
  return {};
}

}  // namespace tg::telegram
