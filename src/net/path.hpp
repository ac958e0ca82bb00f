// The path of a request target in the form that routes match. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace tg::net {

// Decodes `raw` (which begins with '/') once into `path` and resolves dot segments. Empty segments
// are kept; %2f and %5c stay escaped, so that they never become separators. False for an invalid
// escape, %00, or a path that is not UTF-8 once decoded.
bool normalise_path(std::string_view raw, std::string& path);

}  // namespace tg::net
