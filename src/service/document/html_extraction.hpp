// The text of an HTML page in one pass over its tags, without a tree: time and memory are linear in
// the page, however deeply a hostile one nests. Thread-safe functions, CPU work.
#pragma once

#include <string>
#include <string_view>

#include "service/document/extraction.hpp"

namespace tg::document {

// Titles, lists and preformatted text keep their structure; scripts, styles and hidden elements
// are dropped. The text and positions of headings are raw: call tidy() on them.
Extracted extract_html(std::string_view html);

// Appends `text` with its character references ("&amp;") decoded.
void append_decoded(std::string& out, std::string_view text);

}  // namespace tg::document
