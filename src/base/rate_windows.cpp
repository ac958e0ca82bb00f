#include "base/rate_windows.hpp"

#include <algorithm>

namespace tg {
namespace {

using std::chrono::nanoseconds;
constexpr int kSlices = 256;

nanoseconds slice_length(const RateRule& rule) {
  return nanoseconds(rule.length) / kSlices;
}

std::uint32_t slice_number(const RateRule& rule, SteadyTime now) {
  return static_cast<std::uint32_t>(now.time_since_epoch() / slice_length(rule));
}

// When the end of a slice leaves the window.
SteadyTime leaves_at(const RateRule& rule, std::uint32_t slice) {
  return SteadyTime(slice_length(rule) * (static_cast<std::int64_t>(slice) + 1) +
                    nanoseconds(rule.length));
}

}  // namespace

void RateWindows::forget_old(Window& window, const RateRule& rule, SteadyTime now) {
  const auto first_live = std::ranges::find_if(
      window.slices, [&](const Slice& slice) { return leaves_at(rule, slice.number) > now; });
  for (auto slice = window.slices.begin(); slice != first_live; ++slice) {
    window.total -= slice->count;
  }
  window.slices.erase(window.slices.begin(), first_live);
}

RateAnswer RateWindows::look(std::span<const RateRule> rules, SteadyTime now) {
  RateAnswer answer;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    const RateRule& rule = rules[i];
    if (rule.limit == 0) continue;
    Window& window = windows_[i];
    forget_old(window, rule, now);
    const std::uint32_t left = rule.limit > window.total ? rule.limit - window.total : 0;
    const auto reset = window.slices.empty()
                           ? std::chrono::seconds(0)
                           : std::chrono::ceil<std::chrono::seconds>(
                                 leaves_at(rule, window.slices.front().number) - now);
    const bool is_tighter = answer.rule == nullptr || left < answer.remaining ||
                            (left == answer.remaining && reset > answer.reset);
    if (is_tighter) {
      answer = {.admitted = left > 0, .rule = &rule, .remaining = left, .reset = reset};
    }
  }
  return answer;
}

void RateWindows::take(std::span<const RateRule> rules, SteadyTime now) {
  for (std::size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].limit == 0) continue;
    Window& window = windows_[i];
    const std::uint32_t number = slice_number(rules[i], now);
    if (window.slices.empty() || window.slices.back().number != number) {
      window.slices.push_back({number, 0});
    }
    ++window.slices.back().count;
    ++window.total;
  }
}

bool RateWindows::is_idle(std::span<const RateRule> rules, SteadyTime now) {
  std::uint32_t total = 0;
  for (std::size_t i = 0; i < rules.size(); ++i) {
    forget_old(windows_[i], rules[i], now);
    total += windows_[i].total;
  }
  return total == 0;
}

}  // namespace tg
