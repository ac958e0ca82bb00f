// Detects the language of a text by its letters. Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace tg::document {

// "ru", "uk" or "en"; "und" (undetermined) for a text with hardly any letters.
std::string find_language(std::string_view text);

}  // namespace tg::document
