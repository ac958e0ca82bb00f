#include "app/terminal.hpp"

#include <cstdio>

#include <fmt/core.h>
#include <unistd.h>

namespace tg::app {

bool is_terminal_output() {
  static const bool is = ::isatty(STDOUT_FILENO) != 0;
  return is;
}

bool is_terminal_error() {
  static const bool is = ::isatty(STDERR_FILENO) != 0;
  return is;
}

void print(std::string_view text) {
  fmt::print(stdout, "{}\n", text);
  std::fflush(stdout);  // a reader of a pipe sees each line at once
}

void print_part(std::string_view text) {
  fmt::print(stdout, "{}", text);
}

void print_note(std::string_view text) {
  fmt::print(stderr, "{}\n", text);
}

void print_progress(std::string_view text, bool last) {
  if (is_terminal_error()) {
    fmt::print(stderr, "\r\x1b[K{}{}", text, last ? "\n" : "");
    std::fflush(stderr);
  } else {
    print_note(text);
  }
}

std::string bold(std::string_view text) {
  return is_terminal_output() ? fmt::format("\x1b[1m{}\x1b[0m", text) : std::string(text);
}

std::string faint(std::string_view text) {
  return is_terminal_output() ? fmt::format("\x1b[2m{}\x1b[0m", text) : std::string(text);
}

std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (static_cast<unsigned char>(c) >= 0x20 || c == '\n') out += c;
  }
  return out;
}

std::string link(std::string_view text, std::string_view url) {
  if (!is_terminal_output() || url.empty()) return printable(text);
  return fmt::format("\x1b]8;;{}\x1b\\{}\x1b]8;;\x1b\\", printable(url), printable(text));
}

std::string grouped(std::int64_t number) {
  std::string digits = fmt::format("{}", number);
  const std::size_t sign = number < 0 ? 1 : 0;
  for (std::size_t at = digits.size(); at > sign + 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string counted(std::int64_t number, std::string_view noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

int report(const Error& error) {
  print_note(fmt::format("telegnosis: {}", error.message));
  if (error.code == Code::internal && !error.detail.empty())
    print_note(fmt::format("  {}", error.detail));
  switch (error.code) {
    case Code::validation:
      return static_cast<int>(ExitCode::usage);
    case Code::not_found:
      return static_cast<int>(ExitCode::not_found);
    case Code::unauthorized:
    case Code::forbidden:
      return static_cast<int>(ExitCode::denied);
    case Code::unavailable:
    case Code::conflict:
      return static_cast<int>(ExitCode::unavailable);
    default:
      return static_cast<int>(ExitCode::failed);
  }
}

}  // namespace tg::app
