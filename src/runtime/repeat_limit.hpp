// How often the same line may be said: `limit` times in a minute for each text. Not thread-safe.
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

  // nullopt: leave it out. Otherwise how many were left out since the last that was said.
  std::optional<std::uint64_t> admit(std::string_view text, SteadyTime now);

 private:
  struct Seen {
    SteadyTime window;  // its begin
    std::uint32_t said = 0;
    std::uint64_t left_out = 0;
  };
  // Messages are constants of the program; should they not be, memory stays bounded.
  static constexpr std::size_t kTexts = 1024;
  std::uint32_t limit_;
  std::map<std::string, Seen, std::less<>> seen_;
};

}  // namespace tg::log
