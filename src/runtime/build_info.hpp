// Version, commit, compiler and build type. Defined in one .cpp, so that a new commit recompiles
// one file. Constant data: thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace tg {

struct BuildInfo {
  std::string_view version;   // "0.1.0"
  std::string_view commit;    // "1a2b3c4d5e6f", "1a2b3c4d5e6f-dirty", "unknown" without git
  std::string_view compiler;  // "clang 19.1.4"
  std::string_view kind;      // "release", "debug", with "+address" or "+thread" sanitizers
  bool has_fault_points = false;
};

const BuildInfo& build_info();
// "telegnosis 0.1.0 (1a2b3c4d5e6f, clang 19.1.4, release)"
std::string build_text();

}  // namespace tg
