// Posts and their versions: plain functions over a connection. What a function changes belongs to
// the caller's transaction.
#pragma once

#include <string>
#include <vector>

#include "api/telegram_types.hpp"
#include "service/telegram/feed.hpp"
#include "service/telegram/post.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

enum class Change { added, changed, unchanged };

// Stores what was seen by the rules of post_merge.hpp. Whatever changed puts one event into the
// feed.
Result<Change> store_post(sql::Connection& connection, Feed& feed, const Channel& channel,
                          const Post& post, Source source, UnixMillis now);

// Whether it is stored with this text.
Result<bool> has_post(sql::Connection& connection, std::int64_t channel_id, const Post& post);

// Newest first.
Result<std::vector<api::PostView>> list_posts(sql::Connection& connection, std::int64_t channel_id,
                                              std::int64_t limit,
                                              std::optional<std::int64_t> before);

// The columns of a PostView but for its extra, for a statement over posts p and channels c.
extern const std::string_view kPostColumns;
api::PostView read_post_view(const sql::Row& row, std::size_t first_column);

}  // namespace tg::telegram
