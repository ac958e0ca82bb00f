// A page of everything that is stored, for `fsck`: what another service should hold by now, and
// what it may not have taken yet.
#pragma once

#include "api/telegram_types.hpp"
#include "service/telegram/feed.hpp"

namespace tg::telegram {

Result<api::StoredPosts> stored_posts(sql::Connection& connection, Feed& feed,
                                      const api::StoredPostsQuery& query);

}  // namespace tg::telegram
