// Time as a dependency: code takes a Clock, tests pass a FakeClock and advance it. Thread-safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace tg {

using SteadyTime = std::chrono::steady_clock::time_point;
// Wall time in milliseconds since the Unix epoch: what is stored and sent.
using UnixMillis = std::chrono::sys_time<std::chrono::milliseconds>;

constexpr std::int64_t to_millis(UnixMillis time) {
  return time.time_since_epoch().count();
}
constexpr std::optional<std::int64_t> to_millis(const std::optional<UnixMillis>& time) {
  return time ? std::optional(to_millis(*time)) : std::nullopt;
}
constexpr UnixMillis from_millis(std::int64_t ms) {
  return UnixMillis(std::chrono::milliseconds(ms));
}

// Milliseconds with their fraction, for replies and metrics.
constexpr double elapsed_ms(SteadyTime from, SteadyTime until) {
  return std::chrono::duration<double, std::milli>(until - from).count();
}

class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime steady() const = 0;
  virtual UnixMillis wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  SteadyTime steady() const override { return std::chrono::steady_clock::now(); }
  UnixMillis wall() const override {
    return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  }
};

class FakeClock final : public Clock {
 public:
  explicit FakeClock(UnixMillis start = from_millis(1'750'000'000'000)) : start_(start) {}
  SteadyTime steady() const override { return SteadyTime(std::chrono::hours(1) + passed()); }
  UnixMillis wall() const override { return start_ + passed(); }
  void advance(std::chrono::milliseconds by) { passed_ms_ += by.count(); }

 private:
  std::chrono::milliseconds passed() const { return std::chrono::milliseconds(passed_ms_.load()); }
  UnixMillis start_;
  std::atomic<std::int64_t> passed_ms_ = 0;
};

// "2026-01-31T20:05:13Z"; milliseconds only if they are not zero ("...13.250Z").
std::string format_iso8601(UnixMillis time);
// "2026-01-31T20:05:13+00:00", in whole seconds: the format of dates in posts.
std::string format_iso8601_offset(UnixMillis time);
// A date, or a date and time with 'Z' or an offset; UTC if there is neither.
Result<UnixMillis> parse_iso8601(std::string_view text);

}  // namespace tg
