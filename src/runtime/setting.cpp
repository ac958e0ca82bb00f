#include "runtime/setting.hpp"

#include <cctype>
#include <cmath>

#include <arpa/inet.h>
#include <fmt/core.h>

#include "base/text.hpp"

namespace tg {
namespace {

struct DurationUnit {
  std::string_view name;
  std::chrono::nanoseconds length;
};

using namespace std::chrono_literals;
constexpr std::array kDurationUnits = {DurationUnit{"d", 24h},  DurationUnit{"h", 1h},
                                       DurationUnit{"m", 1min}, DurationUnit{"s", 1s},
                                       DurationUnit{"ms", 1ms}, DurationUnit{"us", 1us},
                                       DurationUnit{"ns", 1ns}};
constexpr std::chrono::nanoseconds kLongest = 24h * 36525;

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};
constexpr std::array kSizeUnits = {SizeUnit{"TB", 1ULL << 40}, SizeUnit{"GB", 1ULL << 30},
                                   SizeUnit{"MB", 1ULL << 20}, SizeUnit{"KB", 1ULL << 10},
                                   SizeUnit{"B", 1}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Removes and returns the leading characters that satisfy `belongs`.
template <typename Predicate>
std::string_view take_while(std::string_view& text, Predicate belongs) {
  std::size_t n = 0;
  while (n < text.size() && belongs(text[n])) ++n;
  const std::string_view taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

}  // namespace

std::string key_of(const Setting& setting) {
  if (!setting.key.empty()) return std::string(setting.key);
  std::string key;
  for (const char c : json::wire_word(setting.field)) {
    key += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return key;
}

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::nanoseconds(0);
  if (text.empty()) return std::nullopt;
  std::chrono::nanoseconds sum(0);
  while (!text.empty()) {
    const std::string_view digits = take_while(text, is_digit);
    const std::string_view unit = take_while(text, [](char c) { return !is_digit(c); });
    if (digits.empty() || digits.size() > 12) return std::nullopt;
    std::int64_t count = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), count);
    std::chrono::nanoseconds length(0);
    for (const DurationUnit& known : kDurationUnits) {
      if (known.name == unit) length = known.length;
    }
    if (length.count() == 0 || count > (kLongest - sum) / length) return std::nullopt;
    sum += length * count;
  }
  return sum;
}

std::string format_duration(std::chrono::nanoseconds duration) {
  if (duration.count() == 0) return "0";
  std::string text;
  for (const DurationUnit& unit : kDurationUnits) {
    const auto count = duration / unit.length;
    if (count == 0) continue;
    text += fmt::format("{}{}", count, unit.name);
    duration -= unit.length * count;
  }
  return text;
}

std::optional<ByteSize> parse_byte_size(std::string_view text) {
  const std::string_view number = take_while(text, [](char c) { return is_digit(c) || c == '.'; });
  const std::optional<double> count = setting::read_number(number);
  if (!count) return std::nullopt;
  if (text.empty()) text = "B";
  for (const SizeUnit& unit : kSizeUnits) {
    if (!text::equals_ignoring_ascii_case(unit.name, text)) continue;
    const double bytes = *count * static_cast<double>(unit.bytes);
    if (bytes > 1e15 || bytes != std::floor(bytes)) return std::nullopt;
    return ByteSize{static_cast<std::uint64_t>(bytes)};
  }
  return std::nullopt;
}

std::string format_byte_size(ByteSize size) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (size.bytes >= unit.bytes && size.bytes % unit.bytes == 0) {
      return fmt::format("{}{}", size.bytes / unit.bytes, unit.name);
    }
  }
  return "0B";
}

bool is_http_url(std::string_view text) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (!text.starts_with(scheme)) continue;
    const std::string_view rest = text.substr(scheme.size());
    const bool has_host = !rest.empty() && rest.front() != '/' && rest.front() != ':';
    return has_host && rest.find_first_of(" \t\r\n\"<>\\@?#") == std::string_view::npos;
  }
  return false;
}

bool is_empty_or_http_url(std::string_view text) {
  return text.empty() || is_http_url(text);
}

bool is_ip_address(std::string_view text) {
  const std::string copy(text);
  in6_addr address{};
  return ::inet_pton(AF_INET, copy.c_str(), &address) == 1 ||
         ::inet_pton(AF_INET6, copy.c_str(), &address) == 1;
}

namespace setting {

std::optional<bool> read_bool(std::string_view text) {
  for (const std::string_view word : {"true", "yes", "on", "1"}) {
    if (text::equals_ignoring_ascii_case(text, word)) return true;
  }
  for (const std::string_view word : {"false", "no", "off", "0"}) {
    if (text::equals_ignoring_ascii_case(text, word)) return false;
  }
  return std::nullopt;
}

std::optional<double> read_number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    return std::nullopt;
  }
  return value;
}

std::vector<std::string> read_list(std::string_view text) {
  std::vector<std::string> items;
  for (const std::string_view part : text::split(text, ',')) {
    if (const std::string_view item = text::trim(part); !item.empty()) items.emplace_back(item);
  }
  return items;
}

std::string write_number(double number) {
  return fmt::format("{:.15g}", number);
}

std::string allowed_number(const Setting& line, bool whole) {
  const std::string_view kind = whole ? "a whole number" : "a number";
  const bool has_min = std::isfinite(line.min);
  const bool has_max = std::isfinite(line.max);
  if (has_min && has_max) {
    return fmt::format("{} from {} to {}", kind, write_number(line.min), write_number(line.max));
  }
  if (has_min) return fmt::format("{} of at least {}", kind, write_number(line.min));
  if (has_max) return fmt::format("{} of at most {}", kind, write_number(line.max));
  return std::string(kind);
}

std::string allowed_duration(const Setting& line) {
  std::string text = "a duration such as 250ms, 30s, 5m, 12h or 7d";
  if (!line.low.empty()) text += fmt::format(", from {} to {}", line.low, line.high);
  return text;
}

std::string allowed_size(const Setting& line) {
  std::string text = "a size such as 500KB, 50MB or 2GB";
  if (!line.low.empty()) text += fmt::format(", from {} to {}", line.low, line.high);
  return text;
}

}  // namespace setting
}  // namespace tg
