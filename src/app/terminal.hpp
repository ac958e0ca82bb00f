// What commands print: results on standard output, everything else on standard error; colour and
// links only on a terminal. Not thread-safe: for the main thread of a command.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace tg::app {

// Documented in the manual; scripts may rely on them.
enum class ExitCode : int {
  ok = 0,
  failed = 1,
  usage = 2,
  unavailable = 3,
  not_found = 4,
  denied = 5
};

bool is_terminal_output();
bool is_terminal_error();
void print(std::string_view text);       // to standard output, with a newline
void print_part(std::string_view text);  // to standard output, without a newline, buffered
void print_note(std::string_view text);  // to standard error, with a newline
// On a terminal it overwrites the line; elsewhere it is a line of its own.
void print_progress(std::string_view text, bool last);
std::string bold(std::string_view text);
std::string faint(std::string_view text);
// A clickable link (OSC 8) on a terminal, the plain text elsewhere. Control characters are
// removed.
std::string link(std::string_view text, std::string_view url);
std::string printable(std::string_view text);
// "1,204"
std::string grouped(std::int64_t number);
// "1 chunk", "1,204 chunks"
std::string counted(std::int64_t number, std::string_view noun);
// Prints the error; returns the exit code.
int report(const Error& error);

}  // namespace tg::app
