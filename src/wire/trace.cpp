#include "wire/trace.hpp"

#include <algorithm>
#include <random>

#include <fmt/core.h>

namespace tg::wire {
namespace {

constexpr std::size_t kLength = 55;

bool is_hex(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

bool is_zero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

// Ids need to differ, not to be secret.
std::uint64_t random_id() {
  thread_local std::mt19937_64 generator{
      (static_cast<std::uint64_t>(std::random_device{}()) << 32) ^ std::random_device{}()};
  return generator() | 1;
}

}  // namespace

bool is_traceparent(std::string_view text) {
  return text.size() == kLength && text.starts_with("00-") && text[35] == '-' && text[52] == '-' &&
         is_hex(text.substr(3, 32)) && is_hex(text.substr(36, 16)) && is_hex(text.substr(53, 2)) &&
         !is_zero(text.substr(3, 32)) && !is_zero(text.substr(36, 16));
}

std::string continue_trace(std::string_view incoming) {
  if (!is_traceparent(incoming))
    return fmt::format("00-{:016x}{:016x}-{:016x}-01", random_id(), random_id(), random_id());
  return fmt::format("{}-{:016x}-{}", incoming.substr(0, 35), random_id(), incoming.substr(53));
}

}  // namespace tg::wire
