#include "runtime/repeat_limit.hpp"

#include <utility>

namespace tg::log {

std::optional<std::uint64_t> RepeatLimit::admit(std::string_view text, SteadyTime now) {
  auto found = seen_.find(text);
  if (found == seen_.end()) {
    if (seen_.size() >= kTexts) seen_.clear();
    found = seen_.emplace(std::string(text), Seen{.window = now}).first;
  }
  Seen& seen = found->second;
  if (now - seen.window >= std::chrono::minutes(1)) {
    seen.window = now;
    seen.said = 0;
  }
  if (seen.said >= limit_) {
    ++seen.left_out;
    return std::nullopt;
  }
  ++seen.said;
  return std::exchange(seen.left_out, 0);
}

}  // namespace tg::log
