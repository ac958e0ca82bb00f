// Limits repetitions of a log line to `limit` per minute and text. Not thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace tg::log {

class RepeatLimit {
 public:
  explicit RepeatLimit(std::uint32_t limit) : limit_(limit) {}

  // nullopt: suppress the line. Otherwise the number suppressed since the last one written.
  std::optional<std::uint64_t> admit(std::string_view text, SteadyTime now);

 private:
  struct Seen {
    SteadyTime window;  // its start
    std::uint32_t said = 0;
    std::uint64_t left_out = 0;
  };
  // Bounds the memory, even if messages are not constants as they should be.
  static constexpr std::size_t kTexts = 1024;
  std::uint32_t limit_;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace tg::log
