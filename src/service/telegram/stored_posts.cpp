#include "service/telegram/stored_posts.hpp"

#include <limits>

namespace tg::telegram {

using sql::Connection;
using sql::Row;

Result<api::StoredPosts> stored_posts(Connection& connection, Feed& feed,
                                      const api::StoredPostsQuery& query) {
  constexpr std::int64_t kFirst = std::numeric_limits<std::int64_t>::min();
  api::StoredPosts page;
  TG_TRY_VOID(connection.each(
      "SELECT channel_id, message_id, document_id, version FROM posts WHERE (channel_id, "
      "message_id) > ($1, $2) ORDER BY channel_id, message_id LIMIT $3",
      {query.after_channel.value_or(kFirst), query.after_message.value_or(kFirst), query.limit},
      [&page](const Row& row) {
        page.posts.push_back({.channel_id = row.integer(0),
                              .message_id = row.integer(1),
                              .document_id = row.text(2),
                              .version = row.integer(3)});
        return true;
      }));
  TG_TRY(auto pending, feed.under_way(connection));
  for (api::StoredPost& post : page.posts)
    post.is_pending = pending.posts.contains({post.channel_id, post.message_id});
  page.deleted_channels = std::move(pending.deleted_channels);
  return page;
}

}  // namespace tg::telegram
