#include "service/telegram/channel_store.hpp"

#include <charconv>

#include <fmt/core.h>

#include "service/telegram/job_store.hpp"
#include "service/telegram/link.hpp"
#include "service/telegram/sql_values.hpp"

namespace tg::telegram {
namespace {

using sql::Connection;
using sql::Row;
using sql::Rows;

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
  if (!row.is_null(6)) view.date = from_millis(row.integer(6));
  view.description = row.optional_text(7);
  view.photo_url = row.optional_text(8);
  view.verified = row.integer(9) != 0;
  return view;
}

const std::string kChannelSelect = fmt::format(
    "SELECT c.channel_id, c.title, c.username, c.participants, c.watched, "
    "(SELECT count(*) FROM posts p WHERE p.channel_id = c.channel_id), "
    "(SELECT max(p.date_ms) FROM posts p WHERE p.channel_id = c.channel_id), "
    "c.description, c.photo_url, c.verified "
    "FROM channels c WHERE {}",
    kVisible);

// What the caller means: a number as the columns have it, or a name.
struct Wanted {
  std::optional<std::int64_t> number;
  std::string name;
};

Wanted wanted_of(const std::string& text) {
  Wanted wanted{.number = {}, .name = text};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size()) {
    const bool is_long_form = number < -1'000'000'000'000 && number > -2'000'000'000'000;
    wanted.number = is_long_form ? -1'000'000'000'000 - number : number;
  } else if (const auto link = parse_link(text)) {
    wanted.number = link->private_id;
    wanted.name = link->name;
  }
  return wanted;
}

}  // namespace

std::string_view kind_word(PeerKind kind) {
  return kind == PeerKind::channel ? "channel" : kind == PeerKind::group ? "group" : "user";
}

PeerKind kind_of(std::string_view word) {
  return word == "channel" ? PeerKind::channel : word == "group" ? PeerKind::group : PeerKind::user;
}

Result<void> store_channel(Connection& connection, const Channel& channel, UnixMillis now) {
  TG_TRY_VOID(connection.run(
      "INSERT INTO channels (channel_id, kind, bare_id, title, username, participants, created_ms, "
      "updated_ms, description, photo_url, verified) VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, "
      "$9, "
      "$10) ON CONFLICT (channel_id) DO UPDATE SET "
      "title = excluded.title, username = coalesce(excluded.username, channels.username), "
      "participants = coalesce(excluded.participants, channels.participants), "
      "updated_ms = excluded.updated_ms, "
      "description = coalesce(excluded.description, channels.description), "
      "photo_url = coalesce(excluded.photo_url, channels.photo_url), "
      "verified = coalesce(excluded.verified, channels.verified)",
      {channel.id(), kind_word(channel.kind), channel.bare_id, channel.title, channel.username,
       channel.participants, to_millis(now), channel.description, channel.photo_url,
       channel.verified}));
  return {};
}

Result<void> grant_channel(Connection& connection, std::int64_t channel_id,
                           const std::string& grantee, Standing standing) {
  TG_TRY_VOID(connection.run(
      "INSERT INTO channel_grants (channel_id, grantee, is_guest) VALUES ($1, $2, $3) ON CONFLICT "
      "DO NOTHING",
      {channel_id, grantee, standing != Standing::own}));
  return {};
}

Result<bool> has_channel(Connection& connection, std::int64_t channel_id) {
  TG_TRY(const Rows rows,
         connection.run("SELECT 1 FROM channels WHERE channel_id = $1", {channel_id}));
  return !rows.empty();
}

Result<bool> sees_channel(Connection& connection, const api::Principal& principal,
                          std::int64_t channel_id) {
  std::vector<sql::Value> parameters = grantees(principal);
  parameters.emplace_back(channel_id);
  TG_TRY(const Rows rows,
         connection.run(
             fmt::format("SELECT 1 FROM channels c WHERE c.channel_id = $3 AND {}", kVisible),
             parameters));
  return !rows.empty();
}

Result<Standing> standing_of(Connection& connection, const api::Principal& principal,
                             std::int64_t channel_id) {
  std::vector<sql::Value> parameters = grantees(principal);
  parameters.emplace_back(channel_id);
  TG_TRY(const Rows rows,
         connection.run("SELECT min(g.is_guest) FROM channels c LEFT JOIN channel_grants g ON "
                        "g.channel_id = c.channel_id AND g.grantee IN ($1, $2) "
                        "WHERE c.channel_id = $3 GROUP BY c.channel_id",
                        parameters));
  if (rows.empty()) return Standing::own;
  if (rows[0].is_null(0)) return Standing::closed;
  return rows[0].integer(0) == 0 ? Standing::own : Standing::guest;
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
  const Wanted wanted = wanted_of(name);
  std::vector<sql::Value> parameters = grantees(principal);
  parameters.push_back(wanted.number ? sql::Value(*wanted.number) : sql::Value(wanted.name));
  const char* by = wanted.number ? " AND c.channel_id = $3" : " AND lower(c.username) = lower($3)";
  TG_TRY(const Rows rows, connection.run(kChannelSelect + by, parameters));
  if (rows.empty()) return not_found("channel");
  return read_channel(rows[0]);
}

Result<std::vector<std::string>> delete_channel(Connection& connection, Feed& feed,
                                                std::int64_t channel_id) {
  TG_TRY(const Rows files,
         connection.run("SELECT filename FROM saved_files WHERE channel_id = $1", {channel_id}));
  std::vector<std::string> names;
  for (const Row& row : files) names.push_back(row.text(0));
  TG_TRY_VOID(connection.run("DELETE FROM channels WHERE channel_id = $1", {channel_id}));
  TG_TRY_VOID(forget_in_jobs(connection, channel_id));
  TG_TRY_VOID(feed.channel_deleted(connection, channel_id));
  return names;
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
  const std::string grantee = api::space_access_key(space);
  if (granted) {
    TG_TRY_VOID(connection.run(
        "INSERT INTO channel_grants (channel_id, grantee) VALUES ($1, $2) ON CONFLICT (channel_id, "
        "grantee) DO UPDATE SET is_guest = 0",
        {channel_id, grantee}));
    return {};
  }
  TG_TRY_VOID(connection.run("DELETE FROM channel_grants WHERE channel_id = $1 AND grantee = $2",
                             {channel_id, grantee}));
  return {};
}

Result<void> set_watched(Connection& connection, std::int64_t channel_id, bool watched) {
  TG_TRY_VOID(connection.run("UPDATE channels SET watched = $2 WHERE channel_id = $1",
                             {channel_id, watched}));
  return {};
}

Result<bool> is_watched(Connection& connection, std::int64_t channel_id) {
  TG_TRY(const Rows rows,
         connection.run("SELECT watched FROM channels WHERE channel_id = $1", {channel_id}));
  return !rows.empty() && rows[0].integer(0) != 0;
}

Result<std::optional<WatchedChannel>> next_watched(Connection& connection) {
  TG_TRY(const Rows rows,
         connection.run("SELECT kind, bare_id, title, username, participants, checked_ms FROM "
                        "channels WHERE watched = 1 AND username IS NOT NULL "
                        "ORDER BY coalesce(checked_ms, 0), channel_id LIMIT 1"));
  if (rows.empty()) return std::optional<WatchedChannel>();
  const Row& row = rows[0];
  return WatchedChannel{.channel = {.kind = kind_of(row.text(0)),
                                    .bare_id = row.integer(1),
                                    .title = row.text(2),
                                    .username = row.optional_text(3),
                                    .participants = row.optional_integer(4)},
                        .checked = time_at(row, 5)};
}

Result<void> mark_checked(Connection& connection, std::int64_t channel_id, UnixMillis now) {
  TG_TRY_VOID(connection.run("UPDATE channels SET checked_ms = $2 WHERE channel_id = $1",
                             {channel_id, to_millis(now)}));
  return {};
}

}  // namespace tg::telegram
