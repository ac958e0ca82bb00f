// UTF-8 text: validity, code points, case, normalisation. Positions in the API (spans, chunk
// offsets) count code points; internally, byte offsets are used. Pure functions: thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tg::text {

bool is_valid_utf8(std::string_view bytes);
// Replaces invalid UTF-8 by U+FFFD, and NUL, at which databases and C interfaces cut, by a space.
std::string make_valid_utf8(std::string_view bytes);

// Decodes the code point at `offset` and advances it. The text must be valid UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& offset);
void append_code_point(std::string& text, char32_t code_point);

std::size_t count_code_points(std::string_view text);
// The byte offset of the n-th code point, or the text's size if it has fewer.
std::size_t byte_offset(std::string_view text, std::size_t code_points);
// A substring by code points: substr(text, span.start, span.end - span.start).
std::string_view substr(std::string_view text, std::size_t start, std::size_t count);
// At most `code_points` long; a truncated text ends with an ellipsis.
std::string shorten(std::string_view text, std::size_t code_points);

// Unicode NFC (ICU), after make_valid_utf8().
std::string to_nfc(std::string_view text);
// Simple lower-case mapping, independent of the locale.
std::string to_lower(std::string_view text);
// Removes leading and trailing white space (Unicode).
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
bool equals_ignoring_ascii_case(std::string_view a, std::string_view b);

}  // namespace tg::text
