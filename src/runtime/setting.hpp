// A setting: a described member of a module's struct with a row in its settings table.
//
//   struct GatewaySettings {
//     int rate_limit_per_minute = 100;
//     std::chrono::seconds idle = std::chrono::minutes(5);
//   };
//   BOOST_DESCRIBE_STRUCT(GatewaySettings, (), (rate_limit_per_minute, idle))
//   constexpr auto settings_of(const GatewaySettings*) {
//     return settings("gateway", "The public entry point",
//                     Setting("rate_limit_per_minute").about("requests per minute").range(1, 1e6),
//                     Setting("idle").env("GATEWAY_IDLE").between("1s", "1d").about(".."));
//   }
//
// The key is the member's name in upper case (RATE_LIMIT_PER_MINUTE), or that of env(); in
// telegnosis.toml it is `gateway.rate_limit_per_minute`. Members without a row are set by code
// only. Members may be bool, integers, floating-point numbers, std::string, paths, durations,
// ByteSize, described enums, and lists of strings. An optional `Result<void> check_settings(const
// T&)` beside the table checks constraints between members. Plain values.
#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/describe.hpp>
#include <boost/mp11.hpp>

#include "base/json.hpp"

namespace tg {

// A number of bytes: "50MB", "4KB", "1.5GB"; units are powers of 1024.
struct ByteSize {
  std::uint64_t bytes = 0;
  auto operator<=>(const ByteSize&) const = default;
};

struct Setting {
  std::string_view field;
  std::string_view key = {};  // empty: the field's name in upper case
  std::string_view doc = {};
  std::string_view form = {};  // description of what `check` accepts
  bool (*check)(std::string_view) = nullptr;
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
  std::string_view low = {};   // for durations and sizes
  std::string_view high = {};  // for durations and sizes
  bool is_secret = false;

  constexpr explicit Setting(std::string_view name) : field(name) {}
  constexpr Setting env(std::string_view name) const {
    Setting made = *this;
    made.key = name;
    return made;
  }
  constexpr Setting about(std::string_view text) const {
    Setting made = *this;
    made.doc = text;
    return made;
  }
  constexpr Setting range(double from, double to) const {
    Setting made = *this;
    made.min = from;
    made.max = to;
    return made;
  }
  constexpr Setting between(std::string_view from, std::string_view to) const {
    Setting made = *this;
    made.low = from;
    made.high = to;
    return made;
  }
  // `words` follow "allowed: ".
  constexpr Setting like(std::string_view words, bool (*is_right)(std::string_view)) const {
    Setting made = *this;
    made.form = words;
    made.check = is_right;
    return made;
  }
  // Masked whenever it is printed; may also be given as a file with KEY_FILE.
  constexpr Setting secret() const {
    Setting made = *this;
    made.is_secret = true;
    return made;
  }
};

template <std::size_t N>
struct SettingsTable {
  std::string_view module;
  std::string_view doc;
  std::array<Setting, N> lines;
};

template <typename... Lines>
constexpr SettingsTable<sizeof...(Lines)> settings(std::string_view module, std::string_view doc,
                                                   const Lines&... lines) {
  return {module, doc, {lines...}};
}

// "RATE_LIMIT_PER_MINUTE"
std::string key_of(const Setting& setting);

// "1h30m", "250ms", "7d", "0"; nullopt if invalid or more than 100 years.
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);
std::string format_duration(std::chrono::nanoseconds duration);
std::optional<ByteSize> parse_byte_size(std::string_view text);
std::string format_byte_size(ByteSize size);

// Forms for Setting::like().
bool is_http_url(std::string_view text);           // "http://host:8001", optionally with a path
bool is_empty_or_http_url(std::string_view text);  // or empty
bool is_ip_address(std::string_view text);

// --- how values are read from text and written as text -------------------------------------------

namespace setting {

template <typename T>
inline constexpr bool is_duration = false;
template <typename Rep, typename Period>
inline constexpr bool is_duration<std::chrono::duration<Rep, Period>> = true;

std::optional<bool> read_bool(std::string_view text);
std::optional<double> read_number(std::string_view text);
std::vector<std::string> read_list(std::string_view text);
std::string write_number(double number);
std::string allowed_number(const Setting& setting, bool whole);
std::string allowed_duration(const Setting& setting);
std::string allowed_size(const Setting& setting);

template <typename T>
bool is_within(const Setting& line, T value, std::optional<T> (*parse)(std::string_view)) {
  return (line.low.empty() || value >= *parse(line.low)) &&
         (line.high.empty() || value <= *parse(line.high));
}

template <typename T>
std::optional<T> read_integer(const Setting& line, std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  const auto number = static_cast<double>(value);
  if (number < line.min || number > line.max) return std::nullopt;
  return value;
}

// nullopt: not among the values of allowed<T>().
template <typename T>
std::optional<T> read(const Setting& line, std::string_view text) {
  if constexpr (std::is_same_v<T, bool>) {
    return read_bool(text);
  } else if constexpr (std::is_integral_v<T>) {
    return read_integer<T>(line, text);
  } else if constexpr (std::is_floating_point_v<T>) {
    const std::optional<double> number = read_number(text);
    if (!number || *number < line.min || *number > line.max) return std::nullopt;
    return static_cast<T>(*number);
  } else if constexpr (is_duration<T>) {
    const auto duration = parse_duration(text);
    if (!duration || !is_within(line, *duration, parse_duration)) return std::nullopt;
    const T value = std::chrono::duration_cast<T>(*duration);
    if (std::chrono::nanoseconds(value) != *duration) return std::nullopt;
    return value;
  } else if constexpr (std::is_same_v<T, ByteSize>) {
    const auto size = parse_byte_size(text);
    if (!size || !is_within(line, *size, parse_byte_size)) return std::nullopt;
    return size;
  } else if constexpr (json::DescribedEnum<T>) {
    return json::enum_of<T>(text);
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::vector<std::string> items = read_list(text);
    for (const std::string& item : items) {
      if (line.check != nullptr && !line.check(item)) return std::nullopt;
    }
    return items;
  } else {
    static_assert(std::is_same_v<T, std::string> || std::is_same_v<T, std::filesystem::path>,
                  "no setting can have this type");
    if (line.check != nullptr && !line.check(text)) return std::nullopt;
    return T(text);
  }
}

template <typename T>
std::string write(const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (std::is_integral_v<T>) {
    return std::to_string(value);
  } else if constexpr (std::is_floating_point_v<T>) {
    return write_number(static_cast<double>(value));
  } else if constexpr (is_duration<T>) {
    return format_duration(value);
  } else if constexpr (std::is_same_v<T, ByteSize>) {
    return format_byte_size(value);
  } else if constexpr (json::DescribedEnum<T>) {
    return std::string(json::enum_word(value));
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    std::string text;
    for (const std::string& item : value) text += (text.empty() ? "" : ",") + item;
    return text;
  } else {
    return std::string(value);
  }
}

// Follows "allowed: ".
template <typename T>
std::string allowed(const Setting& line) {
  if constexpr (std::is_same_v<T, bool>) {
    return "true or false";
  } else if constexpr (std::is_integral_v<T>) {
    Setting bounded = line;
    if (std::is_unsigned_v<T> && bounded.min < 0) bounded.min = 0;
    return allowed_number(bounded, true);
  } else if constexpr (std::is_floating_point_v<T>) {
    return allowed_number(line, false);
  } else if constexpr (is_duration<T>) {
    return allowed_duration(line);
  } else if constexpr (std::is_same_v<T, ByteSize>) {
    return allowed_size(line);
  } else if constexpr (json::DescribedEnum<T>) {
    return "one of " + json::enum_words<T>();
  } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
    return line.form.empty() ? "a list, separated by commas"
                             : "a list, separated by commas, of " + std::string(line.form);
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return line.form.empty() ? "a path" : std::string(line.form);
  } else {
    return line.form.empty() ? "text" : std::string(line.form);
  }
}

}  // namespace setting
}  // namespace tg
