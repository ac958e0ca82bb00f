// The small grammar of a message's head (RFC 9110, 5 and 7.2), for requests and responses alike.
// Pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tg::net {

bool is_token(std::string_view text);
bool is_digits(std::string_view text);
// No control characters but tab.
bool is_field_value(std::string_view text);
std::string_view trim_blanks(std::string_view text);
// uri-host [":" port] without user information.
bool is_host(std::string_view text);
// Digits alone, at most 2^63-1.
std::optional<std::uint64_t> parse_length(std::string_view text);

// The position of a CR or LF that stands alone, from `from` on; npos if there is none. A CR at the
// very end may still get its LF.
std::size_t find_bare_line_end(std::string_view text, std::size_t from);

// A field line without its CRLF; nullopt for a malformed one.
struct FieldLine {
  std::string_view name;
  std::string_view value;
};
std::optional<FieldLine> parse_field(std::string_view line);

}  // namespace tg::net
