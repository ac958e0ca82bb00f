#include "service/auth/attempts.hpp"

#include "base/network.hpp"

namespace tg::auth {
namespace {

using sql::Connection;
using std::chrono::seconds;

// The limit-th newest attempt is the one that has to leave the window first.
Result<seconds> wait_in(Connection& connection, std::string_view kind, const std::string& group,
                        int limit, seconds window, UnixMillis now) {
  if (limit == 0) return seconds(0);
  TG_TRY(
      const sql::Rows rows,
      connection.run("SELECT at_ms FROM attempts WHERE kind = $1 AND address = $2 AND at_ms > $3 "
                     "ORDER BY at_ms DESC LIMIT 1 OFFSET $4",
                     {kind, group, to_millis(now - window), limit - 1}));
  if (rows.empty()) return seconds(0);
  const UnixMillis oldest = from_millis(rows[0].integer(0));
  return std::chrono::ceil<seconds>(oldest + window - now);
}

}  // namespace

Result<std::optional<seconds>> wait_of_address(Connection& connection, const AttemptLimits& limits,
                                               std::string_view address, UnixMillis now) {
  if (address.empty()) return std::nullopt;
  const std::string group = address_group(address);
  TG_TRY(const seconds minute,
         wait_in(connection, limits.kind, group, limits.per_minute, std::chrono::minutes(1), now));
  TG_TRY(const seconds hour,
         wait_in(connection, limits.kind, group, limits.per_hour, std::chrono::hours(1), now));
  const seconds wait = std::max(minute, hour);
  return wait > seconds(0) ? std::optional(wait) : std::nullopt;
}

Result<void> record_attempt(Connection& connection, const AttemptLimits& limits,
                            std::string_view address, UnixMillis now) {
  TG_TRY_VOID(connection.run("INSERT INTO attempts (kind, address, at_ms) VALUES ($1, $2, $3)",
                             {limits.kind, address_group(address), to_millis(now)}));
  return {};
}

}  // namespace tg::auth
