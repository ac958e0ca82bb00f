#include "service/telegram/channel_store.hpp"

#include <fmt/core.h>

#include "api/channel_name.hpp"
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
    "(SELECT count(*) FROM posts p WHERE p.channel_id = c.channel_id AND {0}), "
    "(SELECT max(p.date_ms) FROM posts p WHERE p.channel_id = c.channel_id AND {0}), "
    "c.description, c.photo_url, c.verified "
    "FROM channels c WHERE {1}",
    kPostVisible, kVisible);

// Links name a channel by its username or id.
std::string without_link(const std::string& name) {
  if (const auto link = parse_link(name))
    return link->private_id ? std::to_string(*link->private_id) : link->name;
  return name;
}

}  // namespace

std::vector<sql::Value> grantees(const api::Principal& principal) {
  return {api::user_access_key(principal.user_id), api::space_access_key(principal.space)};
}

std::string_view kind_word(PeerKind kind) {
  return kind == PeerKind::channel ? "channel" : kind == PeerKind::group ? "group" : "user";
}

PeerKind kind_of(std::string_view word) {
  return word == "channel" ? PeerKind::channel : word == "group" ? PeerKind::group : PeerKind::user;
}

Result<void> store_channel(Connection& connection, const Channel& channel, UnixMillis now) {
  // Two peers whose derived ids collide are never merged.
  TG_TRY(const Rows rows,
         connection.run(
             "INSERT INTO channels (channel_id, kind, bare_id, account, title, username, "
             "participants, created_ms, updated_ms, description, photo_url, verified) "
             "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $10, $11) "
             "ON CONFLICT (channel_id) DO UPDATE SET "
             "title = excluded.title, username = coalesce(excluded.username, channels.username), "
             "participants = coalesce(excluded.participants, channels.participants), "
             "updated_ms = excluded.updated_ms, "
             "description = coalesce(excluded.description, channels.description), "
             "photo_url = coalesce(excluded.photo_url, channels.photo_url), "
             "verified = coalesce(excluded.verified, channels.verified) "
             "WHERE channels.kind = excluded.kind AND channels.bare_id = excluded.bare_id AND "
             "channels.account = excluded.account RETURNING channel_id",
             {channel.id(), kind_word(channel.kind), channel.bare_id, channel.account,
              channel.title, channel.username, channel.participants, to_millis(now),
              channel.description, channel.photo_url, channel.verified}));
  if (rows.empty()) return fail(Code::conflict, "channel.id_taken", "another chat has this id");
  return {};
}

Result<bool> identify_chat(Connection& connection, Channel& chat) {
  TG_TRY(const Rows rows,
         chat.bare_id != 0
             ? connection.run("SELECT kind, bare_id, channel_id FROM channels WHERE kind = $1 AND "
                              "bare_id = $2 AND account = $3",
                              {kind_word(chat.kind), chat.bare_id, chat.account})
             : connection.run("SELECT kind, bare_id, channel_id FROM channels WHERE channel_id = "
                              "$1 AND account = $2 AND account <> ''",
                              {chat.id(), chat.account}));
  if (rows.empty()) return chat.bare_id != 0;
  chat.kind = kind_of(rows[0].text(0));
  chat.bare_id = rows[0].integer(1);
  chat.stored_id = rows[0].integer(2);
  return true;
}

Result<std::optional<Channel>> account_chat(Connection& connection, std::int64_t channel_id) {
  TG_TRY(const Rows rows, connection.run("SELECT kind, bare_id, account FROM channels WHERE "
                                         "channel_id = $1 AND kind <> 'channel'",
                                         {channel_id}));
  if (rows.empty()) return std::optional<Channel>();
  return Channel{.kind = kind_of(rows[0].text(0)),
                 .bare_id = rows[0].integer(1),
                 .account = rows[0].text(2),
                 .stored_id = channel_id};
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
         connection.run("SELECT count(*), min(CASE WHEN grantee IN ($1, $2) THEN is_guest END) "
                        "FROM channel_grants WHERE channel_id = $3",
                        parameters));
  if (!rows[0].is_null(1)) return rows[0].integer(1) == 0 ? Standing::own : Standing::guest;
  TG_TRY(const bool is_stored, has_channel(connection, channel_id));
  const bool is_admin = principal.role == api::Role::admin;
  if (!is_stored || (is_admin && rows[0].integer(0) == 0)) return Standing::own;
  return is_admin ? Standing::guest : Standing::closed;
}

Result<std::vector<api::ChannelView>> list_channels(Connection& connection,
                                                    const api::Principal& principal) {
  TG_TRY(const Rows rows,
         connection.run(kChannelSelect + " ORDER BY c.title, c.channel_id", grantees(principal)));
  std::vector<api::ChannelView> channels;
  for (const Row& row : rows) channels.push_back(read_channel(row));
  return channels;
}

namespace {

// Id, title and username of the visible channels: enough to resolve a name.
Result<std::vector<api::ChannelView>> visible_names(Connection& connection,
                                                    const api::Principal& principal) {
  std::vector<api::ChannelView> channels;
  TG_TRY_VOID(connection.each(
      fmt::format("SELECT c.channel_id, c.title, c.username FROM channels c WHERE {} "
                  "ORDER BY c.title, c.channel_id",
                  kVisible),
      grantees(principal), [&channels](const Row& row) {
        api::ChannelView& view = channels.emplace_back();
        view.id = row.integer(0);
        view.title = row.text(1);
        view.username = row.optional_text(2);
        return true;
      }));
  return channels;
}

}  // namespace

Result<api::ChannelView> find_channel(Connection& connection, const api::Principal& principal,
                                      const std::string& name) {
  TG_TRY(const auto channels, visible_names(connection, principal));
  const api::ChannelView* found = api::find_named(channels, name);
  if (found == nullptr) found = api::find_named(channels, without_link(name));
  if (found == nullptr) return not_found("channel");
  std::vector<sql::Value> parameters = grantees(principal);
  parameters.emplace_back(found->id);
  TG_TRY(const Rows rows, connection.run(kChannelSelect + " AND c.channel_id = $3", parameters));
  if (rows.empty()) return not_found("channel");
  return read_channel(rows[0]);
}

Result<ManagedChannel> find_managed_channel(Connection& connection, const api::Principal& principal,
                                            const std::string& name) {
  TG_TRY(const auto channels, visible_names(connection, principal));
  const api::ChannelView* visible = api::find_named(channels, name);
  if (visible == nullptr) visible = api::find_named(channels, without_link(name));
  const auto id = visible != nullptr ? std::optional(visible->id) : api::channel_number(name);
  if (!id || (visible == nullptr && principal.role != api::Role::admin))
    return not_found("channel");
  TG_TRY(const Rows rows,
         connection.run("SELECT c.title, c.username, c.kind, count(g.grantee), "
                        "count(CASE WHEN g.grantee LIKE 'space:%' THEN 1 END), "
                        "count(CASE WHEN g.grantee <> $2 THEN 1 END) FROM channels c LEFT JOIN "
                        "channel_grants g ON "
                        "g.channel_id = c.channel_id WHERE c.channel_id = $1 GROUP BY c.channel_id",
                        {*id, api::user_access_key(principal.user_id)}));
  if (rows.empty()) return not_found("channel");
  const Row& row = rows[0];
  return ManagedChannel{
      .id = *id,
      .name = visible != nullptr ? row.text(0) : fmt::format("channel {}", *id),
      .username = row.optional_text(1),
      .is_visible = visible != nullptr,
      .is_account_chat = kind_of(row.text(2)) != PeerKind::channel,
      .is_personal = row.integer(4) == 0,
      .is_callers_alone = row.integer(3) > 0 && row.integer(5) == 0,
  };
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
         connection.run("SELECT channel_id, min(is_guest) FROM channel_grants WHERE grantee IN "
                        "($1, $2) GROUP BY channel_id",
                        grantees(principal)));
  std::vector<std::string> keys;
  for (const Row& row : rows) {
    keys.push_back(api::channel_access_key(row.integer(0)));
    if (row.integer(1) == 0) keys.push_back(api::own_channel_access_key(row.integer(0)));
  }
  return keys;
}

Result<void> share_channel(Connection& connection, std::int64_t channel_id,
                           const std::string& space) {
  TG_TRY_VOID(connection.run(
      "INSERT INTO channel_grants (channel_id, grantee) VALUES ($1, $2) ON CONFLICT (channel_id, "
      "grantee) DO UPDATE SET is_guest = 0",
      {channel_id, api::space_access_key(space)}));
  return {};
}

Result<void> unshare_channel(Connection& connection, std::int64_t channel_id,
                             const std::string& space) {
  const std::string grantee = api::space_access_key(space);
  TG_TRY(const Rows removed,
         connection.run("DELETE FROM channel_grants WHERE channel_id = $1 AND grantee = $2 "
                        "RETURNING grantee",
                        {channel_id, grantee}));
  if (removed.empty()) return {};
  TG_TRY(
      const Rows left,
      connection.run("SELECT 1 FROM channel_grants WHERE channel_id = $1 LIMIT 1", {channel_id}));
  if (!left.empty()) return {};
  return fail(Code::conflict, "channel.last_space",
              "no other space sees the channel: share it with one first, or delete it");
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
