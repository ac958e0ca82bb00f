// How often somebody may do something: several sliding windows at once (100 a minute, 2,000 an
// hour, 20,000 a day). Time is passed in.
//
//   constexpr std::array kRules{RateRule{"minute", 100, std::chrono::minutes(1)},
//                               RateRule{"hour", 2000, std::chrono::hours(1)}};
//   RateWindows windows;                     // of one caller
//   RateAnswer answer = windows.look(kRules, clock.steady());
//   if (answer.admitted) windows.take(kRules, clock.steady());
//
// What is refused takes nothing from any window. A window counts in slices of 1/256 of its length,
// and a slice counts until all of it has left: no window of that length ever holds more than the
// limit, wherever it starts, and what was taken comes back at most 0.4 % late. Memory follows use:
// 8 bytes a slice that is not empty. Not thread-safe: whoever owns it holds the lock.
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
  std::uint32_t limit = 0;  // 0: this window does not count
  std::chrono::seconds length{};
};

struct RateAnswer {
  bool admitted = true;
  // The window that refuses for longest or, if none does, the one with the least left.
  const RateRule* rule = nullptr;
  std::uint32_t remaining = 0;
  // Until something comes back; rounded up, so that coming then is not coming early.
  std::chrono::seconds reset{};
};

class RateWindows {
 public:
  static constexpr std::size_t kMost = 3;  // rules

  RateAnswer look(std::span<const RateRule> rules, SteadyTime now);
  // Takes one from every window, whether there is room or not.
  void take(std::span<const RateRule> rules, SteadyTime now);
  // Nothing counts any more: the owner may forget this caller.
  bool is_idle(std::span<const RateRule> rules, SteadyTime now);

 private:
  struct Slice {
    std::uint32_t number;  // of time, since the steady clock's zero
    std::uint32_t count;
  };
  struct Window {
    std::vector<Slice> slices;  // oldest first, none empty
    std::uint32_t total = 0;    // of their counts
  };

  void forget_old(Window& window, const RateRule& rule, SteadyTime now);

  std::array<Window, kMost> windows_;  // one a rule, in their order
};

}  // namespace tg
