#include "net/head_syntax.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace tg::net {
namespace {

constexpr bool is_alphanumeric(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

constexpr auto kTokenChars = [] {
  std::array<bool, 256> is{};
  for (int c = 0; c < 256; ++c)
    is[static_cast<std::size_t>(c)] = is_alphanumeric(static_cast<char>(c));
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) is[static_cast<unsigned char>(c)] = true;
  return is;
}();

bool is_port(std::string_view text) {
  unsigned port = 0;
  return is_digits(text) && text.size() <= 5 &&
         std::from_chars(text.data(), text.data() + text.size(), port).ec == std::errc() &&
         port <= 65535;
}

bool is_bracketed_host(std::string_view text) {
  const std::size_t end = text.find(']');
  if (end == std::string_view::npos || end == 1) return false;
  const bool is_address = std::ranges::all_of(text.substr(1, end - 1), [](char c) {
    return c == ':' || c == '.' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
           (c >= 'A' && c <= 'F');
  });
  const std::string_view rest = text.substr(end + 1);
  return is_address &&
         (rest.empty() || (rest.front() == ':' && (rest.size() == 1 || is_port(rest.substr(1)))));
}

}  // namespace

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return kTokenChars[static_cast<unsigned char>(c)];
  });
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_field_value(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool is_host(std::string_view text) {
  if (text.starts_with('[')) return is_bracketed_host(text);
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  const bool is_name = !name.empty() && std::ranges::all_of(name, [](char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
  });
  return is_name && (colon == std::string_view::npos || colon + 1 == text.size() ||
                     is_port(text.substr(colon + 1)));
}

std::optional<std::uint64_t> parse_length(std::string_view text) {
  std::int64_t length = 0;
  if (!is_digits(text) ||
      std::from_chars(text.data(), text.data() + text.size(), length).ec != std::errc())
    return std::nullopt;
  return static_cast<std::uint64_t>(length);
}

std::size_t find_bare_line_end(std::string_view text, std::size_t from) {
  for (std::size_t at = from; at < text.size(); ++at) {
    if (text[at] == '\n' && (at == 0 || text[at - 1] != '\r')) return at;
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] != '\n') return at;
  }
  return std::string_view::npos;
}

std::optional<FieldLine> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)) ||
      !is_field_value(line.substr(colon + 1)))
    return std::nullopt;
  return FieldLine{line.substr(0, colon), trim_blanks(line.substr(colon + 1))};
}

}  // namespace tg::net
