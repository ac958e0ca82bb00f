#include "runtime/log.hpp"

#include <atomic>
#include <cstdlib>
#include <mutex>

#include <fmt/core.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "runtime/log_settings.hpp"
#include "runtime/repeat_limit.hpp"
#include "runtime/trace.hpp"

namespace tg::log {
namespace {

struct State {
  std::atomic<Level> level = Level::info;
  std::atomic<Format> format = Format::auto_;
  std::array<std::atomic<std::uint64_t>, 4> lines{};
  std::atomic<std::uint64_t> suppressed = 0;
  std::mutex mutex;
  RepeatLimit repeats{Settings{}.repeats_per_minute};  // guarded by mutex
  std::function<void(std::string_view)> sink;          // guarded by mutex; empty: standard error
};

State& state() {
  static State* const instance =
      new State;  // never destroyed: threads may log until the process ends
  return *instance;
}

// Escapes control characters: C0, DEL, and C1 (U+0080 to U+009F), which some terminals interpret,
// too.
std::string escaped(std::string_view raw, std::string_view prefix) {
  const std::string valid = text::is_valid_utf8(raw) ? std::string() : text::make_valid_utf8(raw);
  const std::string_view text = valid.empty() ? raw : std::string_view(valid);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_c1 = byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (byte >= 0x20 && byte != 0x7F && !is_c1) {
      out += text[i];
      continue;
    }
    if (is_c1) ++i;
    out +=
        fmt::format("{}{:02x}", prefix, static_cast<unsigned>(static_cast<unsigned char>(text[i])));
  }
  return out;
}

std::string json_line(Level level, std::string_view time, std::string_view message, Fields fields,
                      const Context& context) {
  json::Object line{{"time", time},
                    {"level", json::enum_word(level)},
                    {"message", text::make_valid_utf8(message)}};
  if (!context.request_id.empty()) {
    line["request_id"] = text::make_valid_utf8(context.request_id);
  }
  if (const auto id = trace_id_of(context.traceparent); !id.empty()) line["trace_id"] = id;
  for (const auto& [name, value] : fields) line[name] = text::make_valid_utf8(value);
  // JSON escapes the others; DEL and C1 remain.
  return escaped(json::to_text(line), "\\u00") + "\n";
}

std::string text_value(std::string_view value) {
  std::string text = escaped(value, "\\x");
  if (!text.empty() && text.find_first_of(" \"=") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

std::string_view colour_of(Level level) {
  switch (level) {
    case Level::debug:
      return "\x1b[2m";
    case Level::info:
      return "\x1b[32m";
    case Level::warning:
      return "\x1b[33m";
    default:
      return "\x1b[31m";
  }
}

std::string text_line(Level level, std::string_view time, std::string_view message, Fields fields,
                      const Context& context, bool in_colour) {
  const std::string_view begin = in_colour ? colour_of(level) : "";
  const std::string_view faint = in_colour ? "\x1b[2m" : "";
  const std::string_view end = in_colour ? "\x1b[0m" : "";
  std::string line = fmt::format("{}{}{} {}{:<7}{} {}", faint, time, end, begin,
                                 json::enum_word(level), end, escaped(message, "\\x"));
  const auto add = [&](std::string_view name, std::string_view value) {
    line += fmt::format(" {}{}={}{}", faint, name, end, text_value(value));
  };
  for (const auto& [name, value] : fields) add(name, value);
  if (!context.request_id.empty()) add("request_id", context.request_id);
  if (const auto id = trace_id_of(context.traceparent); !id.empty()) add("trace_id", id);
  return line + "\n";
}

bool is_terminal() {
  static const bool is = ::isatty(STDERR_FILENO) != 0;
  return is;
}

bool wants_json(Format format) {
  return format == Format::json || (format == Format::auto_ && !is_terminal());
}

bool wants_colour() {
  static const bool wants = [] {
    const char* no_colour = std::getenv("NO_COLOR");
    return is_terminal() && (no_colour == nullptr || *no_colour == '\0');
  }();
  return wants;
}

void put(const std::string& line) {
  State& s = state();
  {
    const std::scoped_lock lock(s.mutex);
    if (s.sink) {
      s.sink(line);
      return;
    }
  }
  // A single call, so that lines of several threads are not interleaved.
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace

void configure(const Settings& settings) {
  State& s = state();
  s.level = settings.level;
  s.format = settings.format;
  const std::scoped_lock lock(s.mutex);
  s.repeats = RepeatLimit(settings.repeats_per_minute);
}

void set_level(Level level) {
  state().level = level;
}

std::string format_line(bool as_json, Level level, std::string_view time, std::string_view message,
                        Fields fields, const Context& context, bool in_colour) {
  return as_json ? json_line(level, time, message, fields, context)
                 : text_line(level, time, message, fields, context, in_colour);
}

void write(Level level, std::string_view message, Fields fields, const Context& context) {
  State& s = state();
  if (level == Level::off) return;
  s.lines[static_cast<std::size_t>(level)].fetch_add(1, std::memory_order_relaxed);
  if (level < s.level.load(std::memory_order_relaxed)) return;
  const SystemClock clock;
  std::uint64_t left_out = 0;
  if (level >= Level::warning) {
    const std::scoped_lock lock(s.mutex);
    const auto admitted = s.repeats.admit(message, clock.steady());
    if (!admitted) {
      s.suppressed.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    left_out = *admitted;
  }
  const bool as_json = wants_json(s.format.load(std::memory_order_relaxed));
  std::string line = format_line(as_json, level, format_iso8601(clock.wall()), message, fields,
                                 context, !as_json && wants_colour());
  if (left_out > 0) {
    line.resize(line.size() - (as_json ? 2 : 1));
    line += as_json ? fmt::format(",\"suppressed\":{}}}\n", left_out)
                    : fmt::format(" suppressed={}\n", left_out);
  }
  put(line);
}

Lines lines() {
  const State& s = state();
  Lines counted;
  for (std::size_t i = 0; i < counted.by_level.size(); ++i) {
    counted.by_level[i] = s.lines[i].load(std::memory_order_relaxed);
  }
  counted.suppressed = s.suppressed.load(std::memory_order_relaxed);
  return counted;
}

Capture::Capture(std::function<void(std::string_view)> sink) {
  State& s = state();
  const std::scoped_lock lock(s.mutex);
  s.sink = std::move(sink);
}

Capture::~Capture() {
  State& s = state();
  const std::scoped_lock lock(s.mutex);
  s.sink = nullptr;
}

}  // namespace tg::log
