// Posts and their versions: plain functions over a connection; what they change belongs to the
// caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/telegram_types.hpp"
#include "service/telegram/feed.hpp"
#include "service/telegram/post.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

enum class Change { added, changed, unchanged };

// Stores an observation of a post by the rules of post_merge.hpp; a change appends one event to the
// feed. What the preview shows is shared whatever `post` says.
Result<Change> store_post(sql::Connection& connection, Feed& feed, const Channel& channel,
                          Post post, Source source, UnixMillis now);

// Whether everybody who sees the channel can see this post with this text.
Result<bool> has_shared_post(sql::Connection& connection, std::int64_t channel_id,
                             const Post& post);

// The posts that the principal sees, newest first.
Result<std::vector<api::PostView>> list_posts(sql::Connection& connection,
                                              const api::Principal& principal,
                                              std::int64_t channel_id, std::int64_t limit,
                                              std::optional<std::int64_t> before);

// The columns of a PostView except `extra`, for a statement over posts p and channels c.
extern const std::string_view kPostColumns;
api::PostView read_post_view(const sql::Row& row, std::size_t first_column);

}  // namespace tg::telegram
