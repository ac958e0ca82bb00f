// Times in columns: milliseconds since the epoch.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

inline std::int64_t millis(UnixMillis time) {
  return time.time_since_epoch().count();
}
inline std::optional<std::int64_t> millis(const std::optional<UnixMillis>& time) {
  return time ? std::optional(millis(*time)) : std::nullopt;
}
inline UnixMillis time_of(std::int64_t ms) {
  return UnixMillis(std::chrono::milliseconds(ms));
}
inline std::optional<UnixMillis> time_at(const sql::Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(time_of(row.integer(column)));
}

}  // namespace tg::telegram
