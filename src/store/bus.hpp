// Events from one service to another, behind a port. A write and its event are one transaction (the
// outbox pattern); the event is taken by its consumer, at least once, until it is acknowledged.
// Embedded: the outbox table itself; distributed: Kafka, fed from the same table.
//
//   sql::write(database, [&](sql::Connection& c) { ...; return bus.append(c, event); });
//   bus.wake();                                              // after the commit: long polls look
//   again TG_CO_TRY(const auto taken, co_await bus.take({.topic = "posts", .wait = 20s}));
//   ... store the effect, keyed by event.id ...
//   TG_CO_CHECK(co_await bus.acknowledge("posts", places));
//
// What is taken is hidden from other takers for a lease and comes again when that has ended without
// an acknowledgement: the consumer may have died. Events are found by their state, never by "larger
// than the last one", because transactions do not commit in the order of their numbers. Events of
// one key are taken in order, and none while an earlier one of its key is being worked on.
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "store/sql.hpp"

namespace tg::store {

struct Event {
  std::string id;  // UUID: the consumer's deduplication key
  std::string topic;
  std::string key;   // keeps its order
  std::string type;  // "post.stored"
  std::string payload;
  bool operator==(const Event&) const = default;
};

struct TakenEvent {
  std::int64_t place = 0;    // acknowledge by it
  std::int64_t attempt = 1;  // how often it has been taken, this time included
  Event event;
};

struct TakeEvents {
  std::string topic;
  std::size_t limit = 256;
  std::chrono::milliseconds wait{0};  // answer later, up to this long, when there is nothing
  std::chrono::milliseconds lease{std::chrono::seconds(30)};
};

class Bus {
 public:
  virtual ~Bus() = default;
  // In the caller's transaction. Blocking: call it in a write function.
  virtual Result<void> append(sql::Connection& connection, const Event& event) = 0;
  virtual void wake() = 0;
  virtual Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) = 0;
  // Unknown places are no error: acknowledging again changes nothing.
  virtual Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) = 0;
  // Appended and not acknowledged yet.
  virtual Task<Result<std::int64_t>> pending(std::string topic) = 0;
};

// The outbox: a migration of every database that events are appended in. Places are never used
// again, or a late acknowledgement would reach an event that nobody has seen.
inline constexpr std::string_view kOutboxTables = R"sql(
CREATE TABLE outbox_events (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL UNIQUE,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  type TEXT NOT NULL,
  payload TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  leased_until_ms INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX outbox_events_by_key ON outbox_events (topic, key, place);
)sql";

}  // namespace tg::store
