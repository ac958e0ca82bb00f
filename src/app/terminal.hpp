// What commands print: answers on standard output, everything else on standard error; colour and
// links only on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace tg::app {

// Documented in the manual: scripts may rely on them.
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
void print(std::string_view text);       // standard output, with a line end
void print_note(std::string_view text);  // standard error
// Overwrites the line on a terminal; a line of its own elsewhere.
void print_progress(std::string_view text, bool last);
std::string bold(std::string_view text);
std::string faint(std::string_view text);
// A clickable link (OSC 8) on a terminal, the plain text elsewhere. Control characters never pass.
std::string link(std::string_view text, std::string_view url);
std::string printable(std::string_view text);
// "1,204"
std::string grouped(std::int64_t number);
// "1 chunk", "1,204 chunks"
std::string counted(std::int64_t number, std::string_view noun);
// Says what went wrong and answers with the exit code.
int report(const Error& error);

}  // namespace tg::app
