// Which language a text is in, by script and by its small words.
#pragma once

#include <string>
#include <string_view>

namespace tg::document {

// "ru", "uk", "en", or "und" where the text does not say.
std::string find_language(std::string_view text);

}  // namespace tg::document
