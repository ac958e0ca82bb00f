// Port for events between services, with the transactional outbox pattern: an event is appended in
// the transaction of its write, and delivered at least once, until it is acknowledged. Embedded
// implementation: the outbox table; distributed: Kafka, fed from the same table.
//
//   sql::write(database, [&](sql::Connection& c) { ...; return bus.append(c, event); });
//   bus.wake();                              // after the commit: wakes waiting consumers
//   TG_CO_TRY(const auto taken, co_await bus.take({.topic = "posts", .consumer = "document"}));
//   ... store the effect, keyed by event.id ...
//   TG_CO_TRY_VOID(co_await bus.acknowledge("posts", places));
//
// Taken events are leased to their consumer and hidden from others; if the lease expires without an
// acknowledgement, they are redelivered. A consumer has one batch in flight: taking again
// redelivers its unacknowledged events immediately. Leases are kept in memory: taking writes
// nothing, and after a restart all unacknowledged events are redelivered to any consumer. Effects
// must therefore be idempotent.
//
// Events are selected by state, never by "greater than the last one", because transactions do not
// commit in the order of their numbers. Events with the same key are delivered in order, and never
// while another consumer holds an earlier one. Thread-safe.
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
  std::string id;  // UUID, for deduplication by the consumer
  std::string topic;
  std::string key;   // events with the same key keep their order
  std::string type;  // "post.stored"
  std::string payload;
  bool operator==(const Event&) const = default;
};

struct TakenEvent {
  std::int64_t place = 0;  // used to acknowledge
  Event event;
};

struct TakeEvents {
  std::string topic;
  std::string consumer;  // stable name, the same after a restart
  std::size_t limit = 256;
  std::chrono::milliseconds wait{0};  // long poll: maximum time to wait if there are no events
  std::chrono::milliseconds lease{std::chrono::seconds(30)};
};

class Bus {
 public:
  static constexpr std::int64_t kEverything = std::numeric_limits<std::int64_t>::max();

  virtual ~Bus() = default;
  // Appends in the caller's transaction; returns the event's place. Blocking: call it in a write
  // function.
  virtual Result<std::int64_t> append(sql::Connection& connection, const Event& event) = 0;
  // The place of the newest event so far, including those of this transaction: once everything up
  // to it is acknowledged, all of them are. Blocking.
  virtual Result<std::int64_t> newest(sql::Connection& connection, std::string_view topic) = 0;
  // Visits the unacknowledged events, oldest first, whether leased or not, without taking them. For
  // checks. Blocking.
  virtual Result<void> look(sql::Connection& connection, std::string_view topic,
                            const std::function<void(const Event&)>& on_event) = 0;
  virtual void wake() = 0;
  // For shutdown: ends all waits in take() and prevents new ones.
  virtual void close() = 0;
  virtual Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) = 0;
  // Idempotent; unknown places are ignored.
  virtual Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) = 0;
  // Number of unacknowledged events up to a place.
  virtual Task<Result<std::int64_t>> pending(std::string topic,
                                             std::int64_t up_to = kEverything) = 0;
};

// The outbox tables: part of the migrations of every database with events, so never change them.
// Places are never reused: a late acknowledgement would otherwise confirm an undelivered event.
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
