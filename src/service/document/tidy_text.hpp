// A text as it is kept: valid UTF-8 in NFC, lines that end with \n, one empty line at most, no
// outer space. Positions of chunks and headings refer to this form. Plain functions, CPU work, any
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "service/document/headings.hpp"

namespace tg::document {

// Holds the result and a few lines: a large text stands in memory twice, with `raw`.
std::string tidy(std::string_view raw);
// `headings` come with bytes of `raw` and go with code points of the result and their titles; those
// without words are left out.
std::string tidy(std::string_view raw, std::vector<Heading>& headings);

}  // namespace tg::document
