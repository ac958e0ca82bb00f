// The page /docs: lists and tries the endpoints of /openapi.json. It loads its own script and style
// and nothing from elsewhere, under a Content-Security-Policy that allows no more.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "net/router.hpp"

namespace tg::wire {

// Under `prefix` ("" or "/api/v1").
void mount_docs_page(net::Router& router, const std::string& prefix);

// A text that does not change, with extra headers; for everybody.
void mount_text(net::Router& router, std::string pattern, std::string content_type,
                std::shared_ptr<const std::string> text, net::Headers headers);

}  // namespace tg::wire
