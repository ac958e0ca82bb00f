// UUIDs (RFC 9562): version 4 (random), 5 (from a name), 7 (from the time). Plain values; functions
// are thread-safe.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/error.hpp"

namespace tg {

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};

  static Uuid random();
  // RFC 9562, 5.5: SHA-1 over the namespace and the name.
  static Uuid from_name(const Uuid& name_space, std::string_view name);
  // RFC 9562, 5.7: sorts by creation time.
  static Uuid ordered(UnixMillis now);
  // Lower or upper case, with hyphens.
  static Result<Uuid> parse(std::string_view text);
  std::string text() const;

  auto operator<=>(const Uuid&) const = default;
};

// Namespaces of our version-5 ids.
inline constexpr Uuid kDocumentNamespace{{0x6f, 0x1d, 0x0c, 0x52, 0x9a, 0x4e, 0x4b, 0x7c, 0x8d,
                                          0x21, 0x5e, 0x90, 0x3a, 0x77, 0xc4, 0x01}};

// Cryptographically random bytes as lower-case hex (2 characters per byte).
std::string random_hex(std::size_t bytes);

}  // namespace tg
