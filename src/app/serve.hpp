// `telegnosis serve`: opens the services of this process, listens, announces the addresses, and
// shuts down in order on a signal. Not thread-safe: for the main thread.
#pragma once

#include <string>
#include <vector>

#include "runtime/config.hpp"

namespace tg::app {

// Accepts "telegram,document" as well as repeated options. Code::validation for an unknown name.
Result<std::vector<std::string>> service_list(const std::vector<std::string>& words);

// Runs until SIGTERM or SIGINT; returns the exit code. `only`: empty for all nine services.
int run_serve(const Config& config, const std::vector<std::string>& only);

}  // namespace tg::app
