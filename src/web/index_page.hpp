// The web page, web/index.html embedded at build time, and the headers it is served with. Its
// Content-Security-Policy allows exactly its own script and style, by hash, and connections to its
// own server only, so that text shown on the page can neither run nor send anything. Thread-safe:
// everything is immutable.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tg::web {

std::string_view index_page();

// For If-None-Match; changes with the page. Includes the quotes.
const std::string& index_page_etag();

// Every header of the response except length and encoding.
const std::vector<std::pair<std::string, std::string>>& index_page_headers();

}  // namespace tg::web
