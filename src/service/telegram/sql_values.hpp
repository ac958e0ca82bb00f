// Times in columns: milliseconds since the epoch.
#pragma once

#include <optional>

#include "base/clock.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

inline std::optional<UnixMillis> time_at(const sql::Row& row, std::size_t column) {
  return row.is_null(column) ? std::nullopt : std::optional(from_millis(row.integer(column)));
}

}  // namespace tg::telegram
