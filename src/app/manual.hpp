// The manual page and the shell completions, both made from the tree of commands, so that they
// cannot say anything else than the program does.
#pragma once

#include <string>

#include <CLI/App.hpp>

#include "base/error.hpp"

namespace tg::app {

// roff, for man(1).
std::string manual_page(const CLI::App& app);
// `shell` is bash, zsh or fish.
Result<std::string> completion_script(const CLI::App& app, const std::string& shell);

}  // namespace tg::app
