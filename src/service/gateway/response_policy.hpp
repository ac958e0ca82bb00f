// What every answer of the public door says, and which other origins' pages may read it. Immutable:
// any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/http.hpp"

namespace tg::gateway {

// Fields for every answer; a page that needs more sends a policy of its own.
net::Headers security_headers(bool over_tls);

// CORS by a list of origins: none by default, no wildcard, nothing reflected. Tokens travel in the
// Authorization header, so cookies and other credentials are never allowed.
class CrossOrigin {
 public:
  explicit CrossOrigin(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  // Adds what a page of an allowed origin needs to `request.answer`; answers its preflight.
  std::optional<net::Response> look_at(const net::Request& request) const;

 private:
  std::vector<std::string> origins_;
};

}  // namespace tg::gateway
