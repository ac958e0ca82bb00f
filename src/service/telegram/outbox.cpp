#include "service/telegram/outbox.hpp"

#include <fmt/core.h>

#include "service/telegram/channel_store.hpp"
#include "service/telegram/post_store.hpp"
#include "service/telegram/sql_values.hpp"

namespace tg::telegram {

using sql::Connection;
using sql::Row;
using sql::Rows;

Result<void> emit(Connection& connection, std::string_view kind, std::int64_t channel_id,
                  std::int64_t message_id) {
  TG_TRY(const Rows next, connection.run("UPDATE outbox_position SET last_sequence = last_sequence "
                                         "+ 1 WHERE one = 1 RETURNING last_sequence"));
  TG_CHECK(
      connection.run("INSERT INTO outbox (sequence, event_id, kind, channel_id, message_id) VALUES "
                     "($1, $2, $3, $4, $5)",
                     {next[0].integer(0), Uuid::random().text(), kind, channel_id, message_id}));
  return {};
}

Result<std::int64_t> last_sequence(Connection& connection) {
  TG_TRY(const Rows rows,
         connection.run("SELECT last_sequence FROM outbox_position WHERE one = 1"));
  return rows[0].integer(0);
}

namespace {

const std::string& take_statement() {
  static const std::string statement = fmt::format(
      "SELECT o.sequence, o.event_id, o.kind, o.channel_id, p.document_id, p.version, p.author, "
      "p.edited_ms, p.forwarded_from, p.title, c.kind, c.bare_id, {} FROM outbox o "
      "LEFT JOIN channels c ON c.channel_id = o.channel_id "
      "LEFT JOIN posts p ON p.channel_id = o.channel_id AND p.message_id = o.message_id "
      "WHERE o.sequence > $1 ORDER BY o.sequence LIMIT $2",
      kPostColumns);
  return statement;
}

api::PostEvent read_event(const Row& row) {
  api::PostEvent event;
  event.sequence = row.integer(0);
  event.event_id = row.text(1);
  event.kind = row.text(2) == "channel_deleted" ? api::PostEventKind::channel_deleted
               : row.is_null(4)                 ? api::PostEventKind::post_deleted
                                                : api::PostEventKind::post;
  event.post.channel_id = row.integer(3);
  if (event.kind != api::PostEventKind::post) return event;
  event.document_id = row.text(4);
  event.version = row.integer(5);
  event.author = row.optional_text(6);
  event.edited_at = time_at(row, 7);
  event.forwarded_from = row.optional_text(8);
  event.title = row.optional_text(9);
  event.post = read_post_view(row, 12);
  const Channel channel{.kind = kind_of(row.text(10)),
                        .bare_id = row.integer(11),
                        .title = {},
                        .username = event.post.channel_username};
  event.url = post_url(channel, event.post.message_id);
  return event;
}

}  // namespace

Result<std::vector<api::PostEvent>> take_events(Connection& connection, std::int64_t after,
                                                std::int64_t limit) {
  std::vector<api::PostEvent> events;
  TG_CHECK(connection.each(take_statement(), {after, limit}, [&events](const Row& row) {
    events.push_back(read_event(row));
    return true;
  }));
  return events;
}

Result<void> acknowledge_events(Connection& connection,
                                const std::vector<std::int64_t>& sequences) {
  for (const std::int64_t sequence : sequences) {
    TG_CHECK(connection.run("DELETE FROM outbox WHERE sequence = $1", {sequence}));
  }
  return {};
}

Result<std::int64_t> pending_events(Connection& connection, std::int64_t sequence) {
  TG_TRY(const Rows rows,
         connection.run("SELECT count(*) FROM outbox WHERE sequence <= $1", {sequence}));
  return rows[0].integer(0);
}

Result<std::set<std::pair<std::int64_t, std::int64_t>>> pending_posts(Connection& connection,
                                                                      std::int64_t first_channel,
                                                                      std::int64_t last_channel) {
  std::set<std::pair<std::int64_t, std::int64_t>> posts;
  TG_CHECK(connection.each(
      "SELECT channel_id, message_id FROM outbox WHERE kind = 'post' AND channel_id BETWEEN $1 AND "
      "$2",
      {first_channel, last_channel}, [&posts](const Row& row) {
        posts.emplace(row.integer(0), row.integer(1));
        return true;
      }));
  return posts;
}

Result<std::vector<std::int64_t>> pending_deletions(Connection& connection) {
  TG_TRY(const Rows rows,
         connection.run("SELECT channel_id FROM outbox WHERE kind = 'channel_deleted'"));
  std::vector<std::int64_t> channels;
  for (const Row& row : rows) channels.push_back(row.integer(0));
  return channels;
}

Result<void> drop_events(Connection& connection, std::int64_t channel_id) {
  TG_CHECK(connection.run("DELETE FROM outbox WHERE channel_id = $1", {channel_id}));
  return {};
}

}  // namespace tg::telegram
