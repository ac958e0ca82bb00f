// Reads passwords from a terminal, without echo, and from scripts. Not thread-safe.
#pragma once

#include <string>

#include "base/error.hpp"

namespace tg::app {

// Prompts twice on the terminal. Code::validation if the passwords differ, or without a terminal.
Result<std::string> ask_new_password(const std::string& prompt);
// The first line of standard input. Code::validation if it is empty.
Result<std::string> password_from_input();

}  // namespace tg::app
