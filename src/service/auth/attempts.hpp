// How often an address has tried something that is watched (failed logins, registrations). Kept in
// the database, so that a restart forgives nothing. Functions over a connection.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/clock.hpp"
#include "store/sql.hpp"

namespace tg::auth {

struct AttemptLimits {
  std::string_view kind;  // "login", "register"
  int per_minute = 0;     // 0: any number
  int per_hour = 0;
};

// How long this address has to wait; nullopt: it need not. Calls from this machine's own command
// line have no address and are never held up.
Result<std::optional<std::chrono::seconds>> wait_of_address(sql::Connection& connection,
                                                            const AttemptLimits& limits,
                                                            std::string_view address,
                                                            UnixMillis now);
Result<void> record_attempt(sql::Connection& connection, const AttemptLimits& limits,
                            std::string_view address, UnixMillis now);

}  // namespace tg::auth
