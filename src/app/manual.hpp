// The manual page and the shell completions, generated from the command tree. Thread-safe.
#pragma once

#include <string>

#include <CLI/App.hpp>

#include "base/error.hpp"

namespace tg::app {

// roff, for man(1).
std::string manual_page(const CLI::App& app);
// `shell` is bash, zsh or fish; Code::validation otherwise.
Result<std::string> completion_script(const CLI::App& app, const std::string& shell);

}  // namespace tg::app
