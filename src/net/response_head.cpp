#include "net/response_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include <fmt/core.h>

#include "base/text.hpp"
#include "net/head_syntax.hpp"

namespace tg::net {
namespace {

using text::equals_ignoring_ascii_case;

constexpr std::array<std::string_view, 6> kOurs{
    "Connection", "Content-Length", "Date", "Transfer-Encoding", "Keep-Alive", "X-Request-Id"};

bool is_ours(std::string_view name) {
  return std::ranges::any_of(
      kOurs, [name](std::string_view ours) { return equals_ignoring_ascii_case(ours, name); });
}

template <typename Number>
void append_number(std::string& out, Number number) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

template <typename IsSaid>
void append_fields(std::string& out, const Headers& fields, IsSaid is_said) {
  for (const auto& [name, value] : fields) {
    if (!is_token(name) || !is_field_value(value) || is_ours(name) || is_said(name)) continue;
    out.append(name).append(": ").append(value).append("\r\n");
  }
}

const std::string& date_now(UnixMillis now) {
  thread_local std::string text;
  thread_local std::int64_t second = -1;
  const std::int64_t current = to_millis(now) / 1000;
  if (current != second) {
    text = http_date(now);
    second = current;
  }
  return text;
}

}  // namespace

void append_response_head(std::string& out, int status, const Headers& headers,
                          const ResponseEnds& ends, std::string_view request_id, UnixMillis now,
                          std::initializer_list<const Headers*> weaker) {
  out += "HTTP/1.1 ";
  append_number(out, status);
  out.append(" ").append(reason_phrase(status));
  out.append("\r\nDate: ").append(date_now(now));
  out.append("\r\nX-Request-Id: ").append(request_id).append("\r\n");
  append_fields(out, headers, [](std::string_view) { return false; });
  for (const auto* fields = weaker.begin(); fields != weaker.end(); ++fields) {
    append_fields(out, **fields, [&](std::string_view name) {
      if (equals_ignoring_ascii_case(name, "Vary")) return false;
      return headers.has(name) || std::any_of(weaker.begin(), fields, [name](const Headers* said) {
               return said->has(name);
             });
    });
  }
  if (ends.is_chunked) out += "Transfer-Encoding: chunked\r\n";
  if (ends.length && !ends.is_chunked) {
    out += "Content-Length: ";
    append_number(out, *ends.length);
    out += "\r\n";
  }
  if (ends.closes) {
    out += "Connection: close\r\n";
  } else if (ends.minor_version == 0) {
    out += "Connection: keep-alive\r\n";
  }
  out += "\r\n";
}

std::string http_date(UnixMillis time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(time - day));
  static constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  return fmt::format(
      "{}, {:02} {} {} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
      clock.seconds().count());
}

bool is_compressible(std::string_view content_type) {
  if (content_type.starts_with("text/event-stream")) return false;
  const auto holds = [content_type](std::string_view part) {
    return content_type.find(part) != std::string_view::npos;
  };
  return content_type.starts_with("text/") || holds("json") || holds("javascript") || holds("xml");
}

bool is_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 && std::ranges::all_of(id, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

}  // namespace tg::net
