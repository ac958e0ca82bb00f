// Extracts the text of an HTML page in one pass over its tags, without building a tree, so that
// time and memory are linear in its size however deeply a hostile page nests. Thread-safe; CPU
// work.
#pragma once

#include <string>
#include <string_view>

#include "service/document/extraction.hpp"

namespace tg::document {

// Titles, lists and preformatted text keep their structure; scripts, styles and hidden elements
// are dropped. Call tidy() on the text and its headings afterwards.
Extracted extract_html(std::string_view html);

// Appends `text` with its character references ("&amp;") decoded.
void append_decoded(std::string& out, std::string_view text);

}  // namespace tg::document
