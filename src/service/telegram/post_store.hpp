// Channels, posts, versions and the outbox: plain functions over a connection. What a function
// changes belongs to the caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/telegram_types.hpp"
#include "service/telegram/post.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

enum class Change { added, changed, unchanged };

// Makes or refreshes the channel and lets `grantee` ("space:default", "user:...") see it.
Result<void> store_channel(sql::Connection& connection, const Channel& channel,
                           const std::string& grantee, UnixMillis now);

// A new version only when the canonical text differs and the source's edit time is not older (equal
// times: the better source wins). Other fields: a better source replaces, a worse one fills what is
// missing; views and forwards take the newest number. Whatever changed puts one event into the
// outbox.
Result<Change> store_post(sql::Connection& connection, const Channel& channel, const Post& post,
                          Source source, UnixMillis now);

Result<std::int64_t> last_sequence(sql::Connection& connection);
Result<std::vector<api::PostEvent>> take_events(sql::Connection& connection, std::int64_t after,
                                                std::int64_t limit);
Result<void> acknowledge_events(sql::Connection& connection,
                                const std::vector<std::int64_t>& sequences);
// Events up to `sequence` that are not acknowledged yet.
Result<std::int64_t> pending_events(sql::Connection& connection, std::int64_t sequence);

Result<std::vector<api::ChannelView>> list_channels(sql::Connection& connection,
                                                    const api::Principal& principal);
// By bare id, -100... form, own number or name; not_found for unknown and for unseen ones alike.
Result<api::ChannelView> find_channel(sql::Connection& connection, const api::Principal& principal,
                                      const std::string& name);
Result<std::vector<api::PostView>> list_posts(sql::Connection& connection, std::int64_t channel_id,
                                              std::int64_t limit,
                                              std::optional<std::int64_t> before);
// The channel with everything that came from it; the index is told by one event.
Result<void> delete_channel(sql::Connection& connection, std::int64_t channel_id);
Result<std::vector<std::string>> visible_keys(sql::Connection& connection,
                                              const api::Principal& principal);
Result<void> set_grant(sql::Connection& connection, std::int64_t channel_id,
                       const std::string& space, bool granted);

}  // namespace tg::telegram
