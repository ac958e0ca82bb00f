#include "app/version.hpp"

#include "runtime/build_info.hpp"

namespace tg::app {

std::string_view version() {
  return build_info().version;
}

std::string version_line() {
  return build_text();
}

}  // namespace tg::app
