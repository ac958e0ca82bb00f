// Channels, who sees them, and which of them are watched: plain functions over a connection; what
// they change belongs to the caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/telegram_types.hpp"
#include "service/telegram/feed.hpp"
#include "service/telegram/post.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

// Statements about what a principal sees take these as $1 and $2.
std::vector<sql::Value> grantees(const api::Principal& principal);
// Whether the grantees see a post p: all posts of their own channels, shared ones of others.
inline constexpr std::string_view kPostVisible =
    "(p.is_shared = 1 OR EXISTS (SELECT 1 FROM channel_grants o WHERE o.channel_id = p.channel_id "
    "AND o.grantee IN ($1, $2) AND o.is_guest = 0))";

std::string_view kind_word(PeerKind kind);
PeerKind kind_of(std::string_view word);

// Creates or updates the channel. What a source does not tell stays as it is.
Result<void> store_channel(sql::Connection& connection, const Channel& channel, UnixMillis now);
// Looks up a chat of `chat.account` by its peer, or by its id where the peer is unknown, and
// completes kind, bare_id and stored_id. False if that leaves the peer unknown.
Result<bool> identify_chat(sql::Connection& connection, Channel& chat);

// The peer of a chat that belongs to one account; nullopt for channels.
Result<std::optional<Channel>> account_chat(sql::Connection& connection, std::int64_t channel_id);

// What a principal may do with a channel. It is stored once for everybody who sees it, and a file
// may claim anything: a file neither opens a channel of other spaces nor adds to it.
enum class Standing {
  own,     // new, or brought in by the principal's space: imports are stored
  guest,   // of other spaces: only shared posts are visible, imports are refused unless an admin's
  closed,  // of other spaces and not visible
};
// An admin is never `closed`, and `own` only where that would be so for any user, or where nobody
// sees the channel.
Result<Standing> standing_of(sql::Connection& connection, const api::Principal& principal,
                             std::int64_t channel_id);
Result<bool> sees_channel(sql::Connection& connection, const api::Principal& principal,
                          std::int64_t channel_id);
// Makes the channel visible to `grantee` ("space:default", "user:..."), as its own or as a guest.
// An existing grant stays as it is.
Result<void> grant_channel(sql::Connection& connection, std::int64_t channel_id,
                           const std::string& grantee, Standing standing);
Result<bool> has_channel(sql::Connection& connection, std::int64_t channel_id);

Result<std::vector<api::ChannelView>> list_channels(sql::Connection& connection,
                                                    const api::Principal& principal);
// By id, -100... form, username, title or link (see api::find_named). not_found for channels that
// do not exist and for those that the principal does not see.
Result<api::ChannelView> find_channel(sql::Connection& connection, const api::Principal& principal,
                                      const std::string& name);

// A channel as something to delete or to share.
struct ManagedChannel {
  std::int64_t id = 0;
  std::string name;  // safe to show to the principal
  std::optional<std::string> username;
  bool is_visible = false;        // to the principal
  bool is_account_chat = false;   // a private chat or basic group
  bool is_personal = false;       // granted to users, to no space
  bool is_callers_alone = false;  // granted to the principal and nobody else
};
// As find_channel; admins also reach channels that they do not see, by id only: a lookup by name
// would reveal which private chats others have.
Result<ManagedChannel> find_managed_channel(sql::Connection& connection,
                                            const api::Principal& principal,
                                            const std::string& name);

// Removes the channel, everything that came from it and what jobs tell of it, and appends one event
// for the index. Returns the names of its saved files, which the caller removes from disk.
Result<std::vector<std::string>> delete_channel(sql::Connection& connection, Feed& feed,
                                                std::int64_t channel_id);
// The access keys of the channels that the principal sees.
Result<std::vector<std::string>> visible_keys(sql::Connection& connection,
                                              const api::Principal& principal);
// Makes the channel the space's own.
Result<void> share_channel(sql::Connection& connection, std::int64_t channel_id,
                           const std::string& space);
// "channel.last_space" if nobody would see the channel any more.
Result<void> unshare_channel(sql::Connection& connection, std::int64_t channel_id,
                             const std::string& space);

// A channel whose new posts are read at intervals.
struct WatchedChannel {
  Channel channel;
  std::optional<UnixMillis> checked;  // when it was read last
};
Result<void> set_watched(sql::Connection& connection, std::int64_t channel_id, bool watched);
Result<bool> is_watched(sql::Connection& connection, std::int64_t channel_id);
// The one whose last check is longest ago.
Result<std::optional<WatchedChannel>> next_watched(sql::Connection& connection);
Result<void> mark_checked(sql::Connection& connection, std::int64_t channel_id, UnixMillis now);

}  // namespace tg::telegram
