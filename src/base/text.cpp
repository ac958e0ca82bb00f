#include "base/text.hpp"

#include <array>

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

namespace tg::text {
namespace {

bool is_space(char32_t c) {
  return u_isUWhiteSpace(static_cast<UChar32>(c)) != 0;
}

icu::UnicodeString to_icu(std::string_view text) {
  return icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<std::int32_t>(text.size())));
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    UChar32 c = 0;
    U8_NEXT(bytes.data(), offset, bytes.size(), c);
    if (c < 0) return false;
  }
  return true;
}

std::string make_valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  std::size_t offset = 0;
  while (offset < bytes.size()) {
    UChar32 c = 0;
    U8_NEXT(bytes.data(), offset, bytes.size(), c);
    append_code_point(out, c < 0 ? U'\uFFFD' : c == 0 ? U' ' : static_cast<char32_t>(c));
  }
  return out;
}

char32_t next_code_point(std::string_view text, std::size_t& offset) {
  UChar32 c = 0;
  U8_NEXT_OR_FFFD(text.data(), offset, text.size(), c);
  return static_cast<char32_t>(c);
}

void append_code_point(std::string& text, char32_t code_point) {
  std::array<char, 4> bytes{};
  std::size_t size = 0;
  UBool failed = 0;
  U8_APPEND(bytes.data(), size, bytes.size(), static_cast<UChar32>(code_point), failed);
  if (failed == 0) text.append(bytes.data(), size);
}

std::size_t count_code_points(std::string_view text) {
  std::size_t count = 0;
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++count;
  }
  return count;
}

std::size_t byte_offset(std::string_view text, std::size_t code_points) {
  std::size_t offset = 0;
  while (offset < text.size()) {
    if ((static_cast<unsigned char>(text[offset]) & 0xC0) != 0x80 && code_points-- == 0) break;
    ++offset;
  }
  return offset;
}

std::string_view substr(std::string_view text, std::size_t start, std::size_t count) {
  text.remove_prefix(byte_offset(text, start));
  return text.substr(0, byte_offset(text, count));
}

std::string shorten(std::string_view text, std::size_t code_points) {
  const std::size_t end = byte_offset(text, code_points);
  if (end == text.size()) return std::string(text);
  return std::string(text.substr(0, byte_offset(text, code_points > 0 ? code_points - 1 : 0))) +
         "…";
}

std::string to_nfc(std::string_view text) {
  static const icu::Normalizer2* const nfc = [] {
    UErrorCode failed = U_ZERO_ERROR;
    return icu::Normalizer2::getNFCInstance(failed);
  }();
  UErrorCode status = U_ZERO_ERROR;
  std::string out;
  const icu::UnicodeString wide = to_icu(text);
  if (nfc->isNormalized(wide, status) != 0) {
    wide.toUTF8String(out);
    return out;
  }
  nfc->normalize(wide, status).toUTF8String(out);
  return out;
}

std::string to_lower(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  std::size_t offset = 0;
  while (offset < text.size()) {
    const auto c = static_cast<unsigned char>(text[offset]);
    if (c < 0x80) {
      out += static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
      ++offset;
      continue;
    }
    const char32_t point = next_code_point(text, offset);
    append_code_point(out, static_cast<char32_t>(u_tolower(static_cast<UChar32>(point))));
  }
  return out;
}

std::string_view trim(std::string_view text) {
  std::size_t start = 0;
  while (start < text.size()) {
    std::size_t next = start;
    if (!is_space(next_code_point(text, next))) break;
    start = next;
  }
  std::size_t end = text.size();
  while (end > start) {
    std::size_t previous = end;
    U8_BACK_1(reinterpret_cast<const unsigned char*>(text.data()), start, previous);
    std::size_t at = previous;
    if (!is_space(next_code_point(text, at))) break;
    end = previous;
  }
  return text.substr(start, end - start);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool equals_ignoring_ascii_case(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (lower(a[i]) != lower(b[i])) return false;
  }
  return true;
}

}  // namespace tg::text
