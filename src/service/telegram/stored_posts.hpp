// A page of all stored posts, for `fsck`: what the document service should have by now, and which
// events it may not have processed yet.
#pragma once

#include "api/telegram_types.hpp"
#include "service/telegram/feed.hpp"

namespace tg::telegram {

Result<api::StoredPosts> stored_posts(sql::Connection& connection, Feed& feed,
                                      const api::StoredPostsQuery& query);

}  // namespace tg::telegram
