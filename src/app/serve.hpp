// `telegnosis serve`: opens the services of this process, listens, tells where, and ends in order
// when it is asked to.
#pragma once

#include <string>
#include <vector>

#include "runtime/config.hpp"

namespace tg::app {

// "telegram,document" and repeated options alike; an unknown name is Code::validation.
Result<std::vector<std::string>> service_list(const std::vector<std::string>& words);

// Runs until SIGTERM or SIGINT; the exit code. `only`: empty for all nine.
int run_serve(const Config& config, const std::vector<std::string>& only);

}  // namespace tg::app
