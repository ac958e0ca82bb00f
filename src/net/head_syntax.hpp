// Grammar rules of a message head (RFC 9110, 5 and 7.2), shared by requests and responses. Pure
// functions: thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tg::net {

bool is_token(std::string_view text);
bool is_digits(std::string_view text);
// No control characters except tab.
bool is_field_value(std::string_view text);
std::string_view trim_blanks(std::string_view text);
// uri-host [":" port] without user information.
bool is_host(std::string_view text);
// Only digits, at most 2^63-1.
std::optional<std::uint64_t> parse_length(std::string_view text);

// The position of the first bare CR or LF at or after `from`; npos if there is none. A CR at the
// end of the input may still be followed by its LF.
std::size_t find_bare_line_end(std::string_view text, std::size_t from);

// A field line without its CRLF; nullopt for a malformed one.
struct FieldLine {
  std::string_view name;
  std::string_view value;
};
std::optional<FieldLine> parse_field(std::string_view line);

}  // namespace tg::net
