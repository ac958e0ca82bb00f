// The web page as web/index.html was when the program was built, and the headers it is served with.
// Its policy lets exactly its own script and style run, named by their hashes, and talk to its own
// server alone, so that a text that reaches the page can neither run nor send anything.
// Everything here is made once and immutable: any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tg::web {

std::string_view index_page();

// For If-None-Match: another page, another tag. With its quotes.
const std::string& index_page_etag();

// Every header of the page's answer but its length and encoding.
const std::vector<std::pair<std::string, std::string>>& index_page_headers();

}  // namespace tg::web
