// Limits how often an address may try something (failed logins, registrations) in a minute and in
// an hour. Windows start with their first attempt. The counters are short-lived values: a restart
// clears them, but not the lockout of an account (user_store.hpp). Thread-safe.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "store/kv.hpp"

namespace tg::auth {

struct AttemptLimits {
  std::string_view kind;  // "login", "register"
  int per_minute = 0;     // 0: no limit
  int per_hour = 0;       // 0: no limit
};

class Attempts {
 public:
  // `kv` must outlive it.
  explicit Attempts(store::KeyValue& kv) : kv_(kv) {}

  // Code::rate_limited with Retry-After if the address has no attempts left. Calls of this
  // machine's own command line have no address and are never limited. IPv6 addresses count by their
  // /64.
  Task<Result<void>> check(AttemptLimits limits, std::string address);
  Task<Result<void>> record(AttemptLimits limits, std::string address);

 private:
  store::KeyValue& kv_;
};

}  // namespace tg::auth
