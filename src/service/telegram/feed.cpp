#include "service/telegram/feed.hpp"

#include <fmt/core.h>

#include "base/ids.hpp"
#include "service/telegram/channel_store.hpp"
#include "service/telegram/post_store.hpp"
#include "service/telegram/sql_values.hpp"

namespace tg::telegram {

using sql::Connection;
using sql::Row;

namespace {

constexpr std::string_view kPost = "post";
constexpr std::string_view kChannelDeleted = "channel_deleted";

// The payload of an event.
struct Named {
  std::int64_t channel_id = 0;
  std::int64_t message_id = 0;
};
BOOST_DESCRIBE_STRUCT(Named, (), (channel_id, message_id))

const std::string& select_statement() {
  static const std::string statement = fmt::format(
      "SELECT p.document_id, p.version, p.author, p.edited_ms, p.forwarded_from, p.title, c.kind, "
      "c.bare_id, p.is_shared, {} FROM posts p JOIN channels c ON c.channel_id = p.channel_id "
      "WHERE p.channel_id = $1 AND p.message_id = $2",
      kPostColumns);
  return statement;
}

void read_post(const Row& row, api::PostEvent& event) {
  event.kind = api::PostEventKind::post;
  event.document_id = row.text(0);
  event.version = row.integer(1);
  event.author = row.optional_text(2);
  event.edited_at = time_at(row, 3);
  event.forwarded_from = row.optional_text(4);
  event.title = row.optional_text(5);
  event.is_shared = row.integer(8) != 0;
  event.post = read_post_view(row, 9);
  Channel channel{.kind = kind_of(row.text(6)), .bare_id = row.integer(7)};
  channel.username = event.post.channel_username;
  event.url = post_url(channel, event.post.message_id);
}

// A post that is gone by now, with its channel, is told as deleted.
Result<api::PostEvent> event_of(Connection& connection, const store::TakenEvent& taken) {
  TG_TRY(const Named named, json::read_text<Named>(taken.event.payload));
  api::PostEvent event;
  event.sequence = taken.place;
  event.event_id = taken.event.id;
  event.kind = api::PostEventKind::channel_deleted;
  event.post.channel_id = named.channel_id;
  if (taken.event.type == kChannelDeleted) return event;
  event.kind = api::PostEventKind::post_deleted;
  TG_TRY(const sql::Rows rows,
         connection.run(select_statement(), {named.channel_id, named.message_id}));
  if (!rows.empty()) read_post(rows[0], event);
  return event;
}

}  // namespace

Result<std::int64_t> Feed::append(Connection& connection, std::string_view type,
                                  std::int64_t channel_id, std::int64_t message_id) {
  // The order of a channel's events is kept: posts before the deletion of their channel.
  return bus_.append(connection, {.id = Uuid::random().text(),
                                  .topic = std::string(kPostsTopic),
                                  .key = std::to_string(channel_id),
                                  .type = std::string(type),
                                  .payload = fmt::format(R"({{"channel_id":{},"message_id":{}}})",
                                                         channel_id, message_id)});
}

Result<void> Feed::post_changed(Connection& connection, std::int64_t channel_id,
                                std::int64_t message_id) {
  TG_TRY_VOID(append(connection, kPost, channel_id, message_id));
  return {};
}

Result<void> Feed::channel_deleted(Connection& connection, std::int64_t channel_id) {
  TG_TRY_VOID(append(connection, kChannelDeleted, channel_id, 0));
  return {};
}

Result<std::int64_t> Feed::newest(Connection& connection) {
  return bus_.newest(connection, kPostsTopic);
}

Result<Feed::Pending> Feed::under_way(Connection& connection) {
  Pending pending;
  Result<void> read;
  TG_TRY_VOID(bus_.look(connection, kPostsTopic, [&](const store::Event& event) {
    const auto named = json::read_text<Named>(event.payload);
    if (!named) {
      read = std::unexpected(named.error());
    } else if (event.type == kChannelDeleted) {
      pending.deleted_channels.push_back(named->channel_id);
    } else {
      pending.posts.emplace(named->channel_id, named->message_id);
    }
  }));
  TG_TRY_VOID(read);
  return pending;
}

Task<Result<std::vector<api::PostEvent>>> Feed::take(std::string consumer,
                                                     api::TakeEventsRequest request) {
  TG_CO_TRY(const auto taken,
            co_await bus_.take({.topic = std::string(kPostsTopic),
                                .consumer = std::move(consumer),
                                .limit = static_cast<std::size_t>(request.limit),
                                .wait = std::chrono::milliseconds(request.wait_ms)}));
  if (taken.empty()) co_return std::vector<api::PostEvent>();
  co_return co_await sql::read<std::vector<api::PostEvent>>(
      database_, [&taken](Connection& c) -> Result<std::vector<api::PostEvent>> {
        std::vector<api::PostEvent> events;
        for (const store::TakenEvent& one : taken) {
          TG_TRY(events.emplace_back(), event_of(c, one));
        }
        return events;
      });
}

Task<Result<void>> Feed::acknowledge(std::vector<std::int64_t> places) {
  return bus_.acknowledge(std::string(kPostsTopic), std::move(places));
}

Task<Result<std::int64_t>> Feed::pending(std::int64_t up_to) {
  return bus_.pending(std::string(kPostsTopic), up_to);
}

}  // namespace tg::telegram
