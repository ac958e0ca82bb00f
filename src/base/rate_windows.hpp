// A rate limit with several sliding windows (100 per minute, 2,000 per hour, 20,000 per day). The
// current time is an argument.
//
//   constexpr std::array kRules{RateRule{"minute", 100, std::chrono::minutes(1)},
//                               RateRule{"hour", 2000, std::chrono::hours(1)}};
//   RateWindows windows;                     // of one caller
//   RateAnswer answer = windows.look(kRules, clock.steady());
//   if (answer.admitted) windows.take(kRules, clock.steady());
//
// Rejected requests count in no window. A window is divided into slices of 1/256 of its length, and
// a slice counts until it is entirely outside the window: no interval of that length ever exceeds
// the limit, and capacity returns at most 0.4 % late. Uses 8 bytes per non-empty slice. Not
// thread-safe: the owner synchronises.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace tg {

struct RateRule {
  std::string_view name;
  std::uint32_t limit = 0;  // 0: no limit
  std::chrono::seconds length{};
};

struct RateAnswer {
  bool admitted = true;
  // The window that rejects for the longest time or, if none rejects, the one with the least left.
  const RateRule* rule = nullptr;
  std::uint32_t remaining = 0;
  // Time until capacity returns, rounded up, so that a retry after it is not too early.
  std::chrono::seconds reset{};
};

class RateWindows {
 public:
  static constexpr std::size_t kMost = 3;  // rules

  RateAnswer look(std::span<const RateRule> rules, SteadyTime now);
  // Counts one request in every window, whether there is capacity or not.
  void take(std::span<const RateRule> rules, SteadyTime now);
  // Whether all windows are empty, so that the owner may drop this object.
  bool is_idle(std::span<const RateRule> rules, SteadyTime now);

 private:
  struct Slice {
    std::uint32_t number;  // index of the slice since the epoch of the steady clock
    std::uint32_t count;
  };
  struct Window {
    std::vector<Slice> slices;  // oldest first; empty ones are not stored
    std::uint32_t total = 0;    // sum of the counts
  };

  void forget_old(Window& window, const RateRule& rule, SteadyTime now);

  std::array<Window, kMost> windows_;  // one per rule, in the same order
};

}  // namespace tg
