// Events from one service to another, behind a port. A write and its event are one transaction (the
// outbox pattern); the event is taken by its consumer, at least once, until it is acknowledged.
// Embedded: the outbox table itself; distributed: Kafka, fed from the same table.
//
//   sql::write(database, [&](sql::Connection& c) { ...; return bus.append(c, event); });
//   bus.wake();                              // after the commit: whoever waits looks again
//   TG_CO_TRY(const auto taken, co_await bus.take({.topic = "posts", .consumer = "document"}));
//   ... store the effect, keyed by event.id ...
//   TG_CO_TRY_VOID(co_await bus.acknowledge("posts", places));
//
// What a consumer has taken is hidden from the others for a lease, and comes to them when that has
// ended without an acknowledgement: the first may have died. A consumer has one batch under way: if
// it takes again, what it has not acknowledged comes again, at once. Leases are kept in memory:
// taking writes nothing, and what was taken before a restart comes again at once, to anybody. So
// effects must be such that twice is once.
//
// Events are found by their state, never by "larger than the last one", because transactions do not
// commit in the order of their numbers. Events of one key are taken in order, and by no consumer
// while another one works on an earlier one of its key. Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
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
  std::int64_t place = 0;  // acknowledge by it
  Event event;
};

struct TakeEvents {
  std::string topic;
  std::string consumer;  // its name: the same after a restart
  std::size_t limit = 256;
  std::chrono::milliseconds wait{0};  // answer later, up to this long, when there is nothing
  std::chrono::milliseconds lease{std::chrono::seconds(30)};
};

class Bus {
 public:
  static constexpr std::int64_t kEverything = std::numeric_limits<std::int64_t>::max();

  virtual ~Bus() = default;
  // In the caller's transaction; answers with the event's place. Blocking: call it in a write
  // function.
  virtual Result<std::int64_t> append(sql::Connection& connection, const Event& event) = 0;
  // The place up to which everything must be acknowledged for all that was appended so far, by this
  // transaction too, to be so. Blocking.
  virtual Result<std::int64_t> newest(sql::Connection& connection, std::string_view topic) = 0;
  // What is appended and not acknowledged yet, oldest first, whoever works on it; taken by nobody.
  // For checks. Blocking.
  virtual Result<void> look(sql::Connection& connection, std::string_view topic,
                            const std::function<void(const Event&)>& on_event) = 0;
  virtual void wake() = 0;
  // From now on nobody waits in take(): the process ends.
  virtual void close() = 0;
  virtual Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) = 0;
  // Unknown places are no error: acknowledging again changes nothing.
  virtual Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) = 0;
  // Appended up to a place and not acknowledged yet.
  virtual Task<Result<std::int64_t>> pending(std::string topic,
                                             std::int64_t up_to = kEverything) = 0;
};

// The outbox: a migration of every database that events are appended in, so it never changes.
// Places are never used again, or a late acknowledgement would reach an event that nobody has seen.
inline constexpr std::string_view kOutboxTables = R"sql(
CREATE TABLE outbox_events (
  place INTEGER PRIMARY KEY AUTOINCREMENT,
  event_id TEXT NOT NULL,
  topic TEXT NOT NULL,
  key TEXT NOT NULL,
  type TEXT NOT NULL,
  payload TEXT NOT NULL
);
CREATE INDEX outbox_events_by_topic ON outbox_events (topic, place);
)sql";

}  // namespace tg::store
