// UTF-8 text: validity, code points, case, normal forms. Positions that leave this program (spans,
// chunk borders) count code points; inside, byte offsets are used and converted here.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace tg::text {

bool is_valid_utf8(std::string_view bytes);
// Bytes that are no UTF-8 become U+FFFD; NUL becomes a space (databases and C interfaces cut
// there).
std::string make_valid_utf8(std::string_view bytes);

// Decodes the code point at `offset` and moves past it. The text must be valid UTF-8.
char32_t next_code_point(std::string_view text, std::size_t& offset);
void append_code_point(std::string& text, char32_t code_point);

std::size_t count_code_points(std::string_view text);
// The byte offset of the n-th code point; the text's size if there are fewer.
std::size_t byte_offset(std::string_view text, std::size_t code_points);
// Cuts by code points: substr(text, span.start, span.end - span.start).
std::string_view substr(std::string_view text, std::size_t start, std::size_t count);
// Not longer than `code_points`; where something was cut, the last one is an ellipsis.
std::string shorten(std::string_view text, std::size_t code_points);

// Unicode NFC (ICU). Invalid input is made valid first.
std::string to_nfc(std::string_view text);
// Simple lower case of the whole text, independent of locale.
std::string to_lower(std::string_view text);
// Outer white space (Unicode) away.
std::string_view trim(std::string_view text);
std::vector<std::string_view> split(std::string_view text, char separator);
bool equals_ignoring_ascii_case(std::string_view a, std::string_view b);

}  // namespace tg::text
