// The page /docs, which lists the endpoints of /openapi.json and can send requests. It loads only
// its own script and style, as its Content-Security-Policy enforces. For use at start-up.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/router.hpp"

namespace tg::wire {

// Under `prefix` ("" or "/api/v1").
void mount_docs_page(net::Router& router, const std::string& prefix);

// Serves a constant text with extra headers, without authentication.
void mount_text(net::Router& router, std::string pattern, std::string content_type,
                std::shared_ptr<const std::string> text, net::Headers headers);

}  // namespace tg::wire
