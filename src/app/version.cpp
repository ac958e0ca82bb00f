#include "app/version.hpp"

#include "runtime/fault.hpp"

namespace tg::app {

std::string_view version() {
  return TG_VERSION;
}

std::string version_line() {
  return std::string("telegnosis ") + TG_VERSION +
         (fault::kCompiledIn ? " (with fault points)" : "");
}

}  // namespace tg::app
