#include "wire/replies.hpp"

#include <charconv>

#include <fmt/core.h>

#include "base/encoding.hpp"

namespace tg::wire {

void put_json(Reply& reply, const json::Value& value) {
  reply.headers.add("Content-Type", "application/json");
  reply.body = json::to_text(value);
}

void put_warnings(Reply& reply, const json::Warnings& warnings) {
  if (warnings.empty()) return;
  // Headers are ASCII; the names of unknown fields are arbitrary input.
  std::string text;
  for (const std::string& warning : warnings) {
    if (!text.empty()) text += ", ";
    for (const char c : warning) text += c >= ' ' && c <= '~' ? c : '?';
  }
  reply.headers.add("X-Warnings", text.substr(0, 1024));
}

std::int64_t total_of(const Reply& reply, std::size_t at_least) {
  const std::string_view text = reply.headers.get(kTotalCount);
  std::int64_t total = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), total).ec != std::errc())
    return static_cast<std::int64_t>(at_least);
  return total;
}

std::string attachment(std::string_view filename) {
  std::string plain;
  for (const char c : filename) {
    const bool is_safe = c >= ' ' && c <= '~' && c != '"' && c != '\\' && c != '%';
    plain += is_safe ? c : '_';
  }
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain,
                     percent_encode(filename));
}

std::string attachment_name(std::string_view disposition) {
  constexpr std::string_view kExtended = "filename*=UTF-8''";
  const std::size_t at = disposition.find(kExtended);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = disposition.substr(at + kExtended.size());
  return percent_decode(rest.substr(0, rest.find(';'))).value_or("");
}

}  // namespace tg::wire
