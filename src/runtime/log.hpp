// Structured logging to standard error, one line per event. The default format is text on a
// terminal (coloured unless NO_COLOR is set) and JSON otherwise; see LOG_LEVEL and LOG_FORMAT.
// Never log secrets, queries or texts of posts; log their length instead.
//
//   log::info("job is done", {{"job", id}, {"posts", std::to_string(count)}});
//   log::warning("a part is slow", {{"part", "vector"}}, {call.request_id, call.traceparent});
//
// Messages are constants; variable data goes into fields. The same warning or error is written at
// most `repeats_per_minute` times per minute; the next one written states how many were suppressed
// (`suppressed`), and lines() counts all. Control characters are escaped, so that fields cannot
// forge lines or control a terminal. Thread-safe, except configure(), which belongs to start-up.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include <boost/describe/enum.hpp>

namespace tg::log {

enum class Level { debug, info, warning, error, off };
BOOST_DESCRIBE_ENUM(Level, debug, info, warning, error, off)
enum class Format { auto_, text, json };
BOOST_DESCRIBE_ENUM(Format, auto_, text, json)

using Field = std::pair<std::string_view, std::string>;
using Fields = std::initializer_list<Field>;

// The request that a line belongs to; written as `request_id` and `trace_id` if not empty.
struct Context {
  std::string_view request_id = {};
  std::string_view traceparent = {};  // W3C; only the trace id is written
};

struct Settings;  // log_settings.hpp
void configure(const Settings& settings);
void set_level(Level level);

void write(Level level, std::string_view message, Fields fields, const Context& context);
inline void debug(std::string_view message, Fields fields = {}, const Context& context = {}) {
  write(Level::debug, message, fields, context);
}
inline void info(std::string_view message, Fields fields = {}, const Context& context = {}) {
  write(Level::info, message, fields, context);
}
inline void warning(std::string_view message, Fields fields = {}, const Context& context = {}) {
  write(Level::warning, message, fields, context);
}
inline void error(std::string_view message, Fields fields = {}, const Context& context = {}) {
  write(Level::error, message, fields, context);
}

// Lines since the start by level (debug to error), including suppressed ones; for /metrics.
struct Lines {
  std::array<std::uint64_t, 4> by_level{};
  std::uint64_t suppressed = 0;
};
Lines lines();

// Formats one line; for tests and other log writers.
std::string format_line(bool as_json, Level level, std::string_view time, std::string_view message,
                        Fields fields, const Context& context = {}, bool in_colour = false);

// Receives the lines instead of standard error while it lives; for tests. One at a time.
class Capture {
 public:
  explicit Capture(std::function<void(std::string_view line)> sink);
  ~Capture();
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;
};

}  // namespace tg::log
