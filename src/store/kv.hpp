// Port for short-lived values: cache entries, revocations, locks, counters of rate limits. Embedded
// implementation: in this process; distributed: Redis.
//
//   const auto window = std::chrono::minutes(15);
//   TG_CO_TRY(const Counter used, co_await kv.increment("login:" + address, 1, window));
//   if (used.value > 5) co_return rate_limited(used.left);
//
// Keys have 1 to 512 bytes, values up to 1 MiB of any bytes; other sizes are Code::validation. Each
// call is atomic. A full store rejects new keys (Code::unavailable, "kv.full") and never evicts: a
// cache entry must not displace a revocation. Values do not survive a restart of the store.
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::store {

// Time to live of a value; none: until it is removed.
using Lifetime = std::optional<std::chrono::milliseconds>;

struct Counter {
  std::int64_t value = 0;
  Lifetime left;  // until the counter is reset
};

class KeyValue {
 public:
  static constexpr std::size_t kLongestKey = 512;
  static constexpr std::size_t kLongestValue = 1 << 20;

  virtual ~KeyValue() = default;
  virtual Task<Result<std::optional<std::string>>> get(std::string key) = 0;
  // Replaces the value and its lifetime.
  virtual Task<Result<void>> set(std::string key, std::string value, Lifetime lifetime) = 0;
  // False if the key has a value, which is kept.
  virtual Task<Result<bool>> set_if_absent(std::string key, std::string value,
                                           Lifetime lifetime) = 0;
  // Only if the current value is `expected`; false if not, or if the key is absent.
  virtual Task<Result<bool>> compare_and_set(std::string key, std::string expected,
                                             std::string value, Lifetime lifetime) = 0;
  // False if there was none.
  virtual Task<Result<bool>> remove(std::string key) = 0;
  // An absent key counts as 0. `lifetime` applies to a new counter; an existing one keeps its own.
  // Code::conflict ("kv.not_a_number") if the value is not an integer.
  virtual Task<Result<Counter>> increment(std::string key, std::int64_t by, Lifetime lifetime) = 0;
};

Result<void> check_key_value(const std::string& key, const std::string& value);
// The value of a counter, for implementations of increment().
Result<std::int64_t> parse_counter(const std::string& value);

}  // namespace tg::store
