// The log: one line an event, fields beside the text. Text on a terminal, JSON otherwise, always on
// standard error. Never secrets, queries or post texts. Thread-safe.
//
//   log::info("job is done", {{"job", id}, {"posts", std::to_string(count)}});
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tg::log {

enum class Level { debug, info, warning, error, off };
using Field = std::pair<std::string_view, std::string>;
using Fields = std::initializer_list<Field>;

void set_level(Level level);
void write(Level level, std::string_view message, Fields fields);
inline void debug(std::string_view message, Fields fields = {}) {
  write(Level::debug, message, fields);
}
inline void info(std::string_view message, Fields fields = {}) {
  write(Level::info, message, fields);
}
inline void warning(std::string_view message, Fields fields = {}) {
  write(Level::warning, message, fields);
}
inline void error(std::string_view message, Fields fields = {}) {
  write(Level::error, message, fields);
}

// One line as it is written: for tests and for writers of other logs.
std::string format_line(bool as_json, Level level, std::string_view time, std::string_view message,
                        Fields fields);

}  // namespace tg::log
