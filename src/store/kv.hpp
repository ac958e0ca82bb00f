// Short-lived values behind a port: cache entries, revocations, locks, counters of limits.
// Embedded: in this process; distributed: Redis.
//
//   const auto window = std::chrono::minutes(15);
//   TG_CO_TRY(const Counter used, co_await kv.increment("login:" + address, 1, window));
//   if (used.value > 5) co_return rate_limited(used.left);
//
// Keys have 1 to 512 bytes, values up to 1 MiB of any bytes; other sizes are Code::validation. Each
// call is atomic. A store that is full refuses new keys (Code::unavailable, "kv.full"): a
// revocation is never pushed out by a cache entry. Nothing here survives a restart of the store.
// Thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::store {

// How long a value lives; none: until it is removed.
using Lifetime = std::optional<std::chrono::milliseconds>;

struct Counter {
  std::int64_t value = 0;
  Lifetime left;  // until it begins anew
};

class KeyValue {
 public:
  static constexpr std::size_t kLongestKey = 512;
  static constexpr std::size_t kLongestValue = 1 << 20;

  virtual ~KeyValue() = default;
  virtual Task<Result<std::optional<std::string>>> get(std::string key) = 0;
  // Replaces the value and its lifetime.
  virtual Task<Result<void>> set(std::string key, std::string value, Lifetime lifetime) = 0;
  // False: the key had a value, which stays as it is.
  virtual Task<Result<bool>> set_if_absent(std::string key, std::string value,
                                           Lifetime lifetime) = 0;
  // Only where the value is `expected`; an absent key never is.
  virtual Task<Result<bool>> compare_and_set(std::string key, std::string expected,
                                             std::string value, Lifetime lifetime) = 0;
  // False: there was none.
  virtual Task<Result<bool>> remove(std::string key) = 0;
  // Counts from 0. The lifetime is that of a new counter; an existing one keeps its own. A value
  // that is no whole number is Code::conflict ("kv.not_a_number").
  virtual Task<Result<Counter>> increment(std::string key, std::int64_t by, Lifetime lifetime) = 0;
};

Result<void> check_key_value(const std::string& key, const std::string& value);
// What increment() works on.
Result<std::int64_t> parse_counter(const std::string& value);

}  // namespace tg::store
