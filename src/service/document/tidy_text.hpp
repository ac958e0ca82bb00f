// Brings a text into the form in which it is stored: valid UTF-8 in NFC, lines ending in \n, at
// most one empty line in a row, no trailing white space. Positions of chunks and headings refer to
// this form. Thread-safe; CPU work.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/document/headings.hpp"

namespace tg::document {

// Needs little memory besides `raw` and the result.
std::string tidy(std::string_view raw);
// Converts the positions of `headings` from bytes of `raw` to code points of the result and sets
// their titles; headings without text are removed.
std::string tidy(std::string_view raw, std::vector<Heading>& headings);

}  // namespace tg::document
