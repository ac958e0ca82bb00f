// Port for usage statistics: events are appended in batches and queried as aggregates. Embedded
// implementation: a table in SQLite; distributed: ClickHouse. Events never contain texts, queries
// or secrets.
//
//   TG_CO_TRY(const auto days, co_await events.sums({.type = "query.processed", .from = monday,
//       .until = sunday, .bucket = std::chrono::days(1)}));
//
// Appending is idempotent by event id, so that a batch may be retried after an error. Thread-safe.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::store {

struct UsageEvent {
  std::string id;  // UUID
  UnixMillis at;
  std::string type;  // "query.processed", "retrieval.completed", "document.created"
  std::string user;
  std::string space;
  double duration_ms = 0;
  std::int64_t items = 0;  // results, chunks or tokens, depending on the type
};

struct UsageQuery {
  enum class Group { none, type, user, space };
  std::optional<std::string> type;                  // none: all types
  UnixMillis from;                                  // inclusive
  UnixMillis until;                                 // exclusive
  std::optional<std::chrono::milliseconds> bucket;  // none: one bucket for the whole range
  Group group = Group::none;
};

struct UsageSums {
  UnixMillis from;    // start of the bucket
  std::string group;  // empty for Group::none
  std::int64_t count = 0;
  std::int64_t items = 0;
  double mean_ms = 0;
  double p50_ms = 0;  // nearest rank
  double p95_ms = 0;
};

class UsageEvents {
 public:
  virtual ~UsageEvents() = default;
  // Stores all or none of the batch; durable when it returns.
  virtual Task<Result<void>> append(std::vector<UsageEvent> batch) = 0;
  // Sorted by time, then group. Buckets start at multiples of their length since the epoch; empty
  // ones are omitted.
  virtual Task<Result<std::vector<UsageSums>>> sums(UsageQuery query) = 0;
  // Retention. Returns the number of deleted events.
  virtual Task<Result<std::int64_t>> forget_before(UnixMillis time) = 0;
  // Integrity check of the data that this process stores; empty: no damage. For `fsck`.
  virtual Task<Result<std::vector<std::string>>> check() = 0;
  // A consistent copy of that data in `file`, durable when it returns. For `backup`.
  virtual Task<Result<void>> copy_to(std::string file) = 0;
};

// For implementations: the start of an event's bucket.
UnixMillis bucket_of(const UsageQuery& query, UnixMillis at);
// For implementations: aggregates the durations of one bucket and group; sorts `durations`.
UsageSums sum_up(UnixMillis from, std::string group, std::vector<double>& durations,
                 std::int64_t items);

}  // namespace tg::store
