// The path of a request target as routes see it. Pure.
#pragma once

#include <string>
#include <string_view>

namespace tg::net {

// Decodes `raw` (which begins with '/') once into `path`, resolving dot segments. Empty segments
// stay; %2f and %5c never become separators but stay escaped. False for a broken escape, %00 or
// what is no UTF-8 when decoded.
bool normalise_path(std::string_view raw, std::string& path);

}  // namespace tg::net
