// What happened, for statistics: events appended in batches, asked in sums. Embedded: a table in
// SQLite; distributed: ClickHouse. Events never hold texts, queries or secrets.
//
//   TG_CO_TRY(const auto days, co_await events.sums({.type = "query.processed", .from = monday,
//       .until = sunday, .bucket = std::chrono::days(1)}));
//
// Appending an event again (the same id) changes nothing, so that a batch may be sent again after
// an error. Thread-safe.
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
  std::int64_t items = 0;  // results, chunks, tokens: what the type counts
};

struct UsageQuery {
  enum class Group { none, type, user, space };
  std::optional<std::string> type;                  // none: every type
  UnixMillis from;                                  // included
  UnixMillis until;                                 // excluded
  std::optional<std::chrono::milliseconds> bucket;  // none: one for the whole time
  Group group = Group::none;
};

struct UsageSums {
  UnixMillis from;    // of the bucket
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
  // All or none of the batch, durable when answered.
  virtual Task<Result<void>> append(std::vector<UsageEvent> batch) = 0;
  // By time, then group; buckets begin at multiples of their length since the epoch, empty ones are
  // left out.
  virtual Task<Result<std::vector<UsageSums>>> sums(UsageQuery query) = 0;
  // Retention. Answers with the number that went.
  virtual Task<Result<std::int64_t>> forget_before(UnixMillis time) = 0;
  // Integrity check of what this process keeps itself; an empty list is good news. For `fsck`.
  virtual Task<Result<std::vector<std::string>>> check() = 0;
  // A consistent copy of the same into `file`, durable when answered. For `backup`.
  virtual Task<Result<void>> copy_to(std::string file) = 0;
};

// The start of an event's bucket.
UnixMillis bucket_of(const UsageQuery& query, UnixMillis at);
// Makes sums of one bucket's and group's durations, which it sorts.
UsageSums sum_up(UnixMillis from, std::string group, std::vector<double>& durations,
                 std::int64_t items);

}  // namespace tg::store
