// Channels, who may see them, and which of them are watched: plain functions over a connection.
#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/telegram_types.hpp"
#include "service/telegram/feed.hpp"
#include "service/telegram/post.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

std::string_view kind_word(PeerKind kind);
PeerKind kind_of(std::string_view word);

// Makes or refreshes the channel. What a source does not tell stays as it is.
Result<void> store_channel(sql::Connection& connection, const Channel& channel, UnixMillis now);
// How a principal stands to a channel. It is stored once, for all who see it, and a file says
// whatever its writer likes: one neither opens what others brought, nor adds to it.
enum class Standing {
  own,     // it is new, or he is among those for whom it was brought: his files are stored
  guest,   // others brought it, and he had it read from Telegram: he sees it, his files add nothing
  closed,  // it is of others
};
Result<Standing> standing_of(sql::Connection& connection, const api::Principal& principal,
                             std::int64_t channel_id);
Result<bool> sees_channel(sql::Connection& connection, const api::Principal& principal,
                          std::int64_t channel_id);
// Lets `grantee` ("space:default", "user:...") see it: as its own, or as a guest. Who sees it
// already keeps the standing he has.
Result<void> grant_channel(sql::Connection& connection, std::int64_t channel_id,
                           const std::string& grantee, Standing standing);
Result<bool> has_channel(sql::Connection& connection, std::int64_t channel_id);

Result<std::vector<api::ChannelView>> list_channels(sql::Connection& connection,
                                                    const api::Principal& principal);
// By bare id, -100... form, own number, name or link; not_found for unknown and unseen ones alike.
Result<api::ChannelView> find_channel(sql::Connection& connection, const api::Principal& principal,
                                      const std::string& name);
// The channel with everything that came from it, in jobs too; the index is told by one event.
// Answers with the names of its saved files, which are the caller's to remove.
Result<std::vector<std::string>> delete_channel(sql::Connection& connection, Feed& feed,
                                                std::int64_t channel_id);
Result<std::vector<std::string>> visible_keys(sql::Connection& connection,
                                              const api::Principal& principal);
Result<void> set_grant(sql::Connection& connection, std::int64_t channel_id,
                       const std::string& space, bool granted);

// A channel whose newest posts are read at an interval.
struct WatchedChannel {
  Channel channel;
  std::optional<UnixMillis> checked;  // last time
};
Result<void> set_watched(sql::Connection& connection, std::int64_t channel_id, bool watched);
Result<bool> is_watched(sql::Connection& connection, std::int64_t channel_id);
// The one that has waited longest.
Result<std::optional<WatchedChannel>> next_watched(sql::Connection& connection);
Result<void> mark_checked(sql::Connection& connection, std::int64_t channel_id, UnixMillis now);

}  // namespace tg::telegram
