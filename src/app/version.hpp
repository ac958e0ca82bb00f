// The version of this build. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace tg::app {

std::string_view version();
// "telegnosis 0.1.0 (1a2b3c4d5e6f, clang 19.1.4, release)"
std::string version_line();

}  // namespace tg::app
