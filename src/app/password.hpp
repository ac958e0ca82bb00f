// Passwords from people and from scripts. What was typed is not shown.
#pragma once

#include <string>

#include "base/error.hpp"

namespace tg::app {

// Asks twice on the terminal, without echo. Without a terminal: Code::validation, saying how a
// script hands it over.
Result<std::string> ask_new_password(const std::string& prompt);
// The first line of standard input.
Result<std::string> password_from_input();

}  // namespace tg::app
