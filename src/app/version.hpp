// What this build is.
#pragma once

#include <string>
#include <string_view>

namespace tg::app {

std::string_view version();
// "telegnosis 0.1.0 (with fault points)"
std::string version_line();

}  // namespace tg::app
