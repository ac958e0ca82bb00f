#include "service/document/post_check.hpp"

#include <map>

#include <fmt/core.h>

#include "service/document/pipeline.hpp"

namespace tg::document {
namespace {

using sql::Connection;

struct Here {
  std::int64_t version = 0;
  bool has_failed = false;
  std::string access;
};
using PostsHere = std::map<std::string, Here>;  // by document id

Result<PostsHere> posts_here(Connection& connection) {
  PostsHere posts;
  TG_TRY_VOID(connection.each(
      "SELECT document_id, version, state, access FROM documents WHERE kind = 'post'", {},
      [&posts](const sql::Row& row) {
        posts[row.text(0)] = {row.integer(1), row.text(2) == "failed", row.text(3)};
        return true;
      }));
  return posts;
}

std::string name_of(const api::StoredPost& post) {
  return fmt::format("message {} of channel {} (document {})", post.message_id, post.channel_id,
                     post.document_id);
}

// Removes the post from `here`.
void compare(const api::StoredPost& post, PostsHere& here, std::vector<std::string>& differences) {
  const auto found = here.find(post.document_id);
  if (found == here.end()) {
    if (!post.is_pending)
      differences.push_back(fmt::format("{} is stored but was never ingested", name_of(post)));
    return;
  }
  const Here& known = found->second;
  if (known.version != post.version && !post.is_pending && !known.has_failed)
    differences.push_back(fmt::format("{} is stored in version {} but ingested in version {}",
                                      name_of(post), post.version, known.version));
  here.erase(found);
}

void forget_channels(const std::vector<std::int64_t>& channels, PostsHere& here) {
  for (const std::int64_t channel : channels) {
    std::erase_if(here, [all = api::channel_access_key(channel),
                         own = api::own_channel_access_key(channel)](const auto& entry) {
      return entry.second.access == all || entry.second.access == own;
    });
  }
}

}  // namespace

Task<Result<std::vector<std::string>>> compare_posts(sql::Database* database,
                                                     api::Telegram* telegram) {
  TG_CO_TRY(PostsHere here, co_await sql::read<PostsHere>(*database, posts_here));
  std::vector<std::string> differences;
  api::StoredPostsQuery query;
  while (true) {
    TG_CO_TRY(const auto page, co_await telegram->stored_posts(service_call("document"), query));
    for (const api::StoredPost& post : page.posts) compare(post, here, differences);
    if (page.posts.empty()) {
      forget_channels(page.deleted_channels, here);
      break;
    }
    query.after_channel = page.posts.back().channel_id;
    query.after_message = page.posts.back().message_id;
  }
  for (const auto& [id, post] : here)
    differences.push_back(fmt::format("document {} belongs to a post that is not stored", id));
  co_return differences;
}

}  // namespace tg::document
