#include "base/clock.hpp"

#include <charconv>

#include <fmt/core.h>

namespace tg {
namespace {

using std::chrono::days;
using std::chrono::milliseconds;

struct Parts {
  std::chrono::year_month_day date;
  std::chrono::hh_mm_ss<milliseconds> time;
};

Parts parts_of(UnixMillis time) {
  const auto day = std::chrono::floor<days>(time);
  return {std::chrono::year_month_day(day), std::chrono::hh_mm_ss<milliseconds>(time - day)};
}

std::string format_seconds(const Parts& parts) {
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(parts.date.year()),
                     static_cast<unsigned>(parts.date.month()),
                     static_cast<unsigned>(parts.date.day()), parts.time.hours().count(),
                     parts.time.minutes().count(), parts.time.seconds().count());
}

std::unexpected<Error> bad_time() {
  return fail(Code::validation, "invalid.time",
              "must be an ISO 8601 date or time such as 2026-01-31 or 2026-01-31T20:05:13Z");
}

// Takes exactly `digits` digits off the front.
bool take_number(std::string_view& text, std::size_t digits, int& value) {
  if (text.size() < digits) return false;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || text.front() == '-') return false;
  text.remove_prefix(digits);
  return true;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

bool take_fraction(std::string_view& text, int& millis) {
  int digits = 0;
  millis = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 3) millis = millis * 10 + (text.front() - '0');
    ++digits;
    text.remove_prefix(1);
  }
  for (int i = digits; i < 3; ++i) millis *= 10;
  return digits > 0 && digits <= 9;
}

bool take_offset(std::string_view& text, std::chrono::minutes& offset) {
  if (text.empty() || take(text, 'Z') || take(text, 'z')) return text.empty();
  const bool west = text.front() == '-';
  if (!west && text.front() != '+') return false;
  text.remove_prefix(1);
  int hours = 0;
  int minutes = 0;
  if (!take_number(text, 2, hours)) return false;
  take(text, ':');
  if (!take_number(text, 2, minutes) || hours > 23 || minutes > 59) return false;
  offset = std::chrono::minutes((west ? -1 : 1) * (hours * 60 + minutes));
  return text.empty();
}

}  // namespace

std::string format_iso8601(UnixMillis time) {
  const Parts parts = parts_of(time);
  std::string text = format_seconds(parts);
  if (parts.time.subseconds().count() != 0) {
    text += fmt::format(".{:03}", parts.time.subseconds().count());
  }
  return text + "Z";
}

std::string format_iso8601_offset(UnixMillis time) {
  return format_seconds(parts_of(time)) + "+00:00";
}

Result<UnixMillis> parse_iso8601(std::string_view text) {
  int year = 0;
  int month = 0;
  int day = 0;
  if (!take_number(text, 4, year) || !take(text, '-') || !take_number(text, 2, month) ||
      !take(text, '-') || !take_number(text, 2, day)) {
    return bad_time();
  }
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return bad_time();
  UnixMillis time = std::chrono::sys_days(date);
  if (text.empty()) return time;
  int hours = 0;
  int minutes = 0;
  int seconds = 0;
  int millis = 0;
  if ((!take(text, 'T') && !take(text, ' ')) || !take_number(text, 2, hours) || !take(text, ':') ||
      !take_number(text, 2, minutes)) {
    return bad_time();
  }
  if (take(text, ':') && !take_number(text, 2, seconds)) return bad_time();
  if (take(text, '.') && !take_fraction(text, millis)) return bad_time();
  std::chrono::minutes offset{0};
  if (hours > 23 || minutes > 59 || seconds > 60 || !take_offset(text, offset)) return bad_time();
  return time + std::chrono::hours(hours) + std::chrono::minutes(minutes) +
         std::chrono::seconds(seconds) + milliseconds(millis) - offset;
}

}  // namespace tg
