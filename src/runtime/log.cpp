#include "runtime/log.hpp"

#include <atomic>

#include <fmt/core.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/json.hpp"

namespace tg::log {
namespace {

std::atomic<Level> g_level = Level::info;

std::string_view word(Level level) {
  switch (level) {
    case Level::debug:
      return "debug";
    case Level::info:
      return "info";
    case Level::warning:
      return "warning";
    default:
      return "error";
  }
}

// Control characters cannot forge a line or drive a terminal.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

void set_level(Level level) {
  g_level = level;
}

std::string format_line(bool as_json, Level level, std::string_view time, std::string_view message,
                        Fields fields) {
  if (as_json) {
    json::Object line{{"time", time}, {"level", word(level)}, {"message", message}};
    for (const auto& [name, value] : fields) line[name] = value;
    return json::to_text(line) + "\n";
  }
  std::string line = fmt::format("{} {:<7} {}", time, word(level), escaped(message));
  for (const auto& [name, value] : fields) line += fmt::format(" {}={}", name, escaped(value));
  return line + "\n";
}

void write(Level level, std::string_view message, Fields fields) {
  if (level < g_level) return;
  static const bool as_json = ::isatty(STDERR_FILENO) == 0;
  const std::string line =
      format_line(as_json, level, format_iso8601(SystemClock().wall()), message, fields);
  static_cast<void>(
      !::write(STDERR_FILENO, line.data(), line.size()));  // one call: lines never mix
}

}  // namespace tg::log
