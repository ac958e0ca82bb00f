// Security headers of every response of the gateway, and CORS. Thread-safe after construction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "net/http.hpp"

namespace tg::gateway {

// Headers for every response; a handler can replace the content security policy.
net::Headers security_headers(bool over_tls);

// CORS by an allow-list of exact origins, empty by default. Tokens are sent in the Authorization
// header, so credentials (cookies) are never allowed.
class CrossOrigin {
 public:
  explicit CrossOrigin(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  // Adds the CORS headers to `request.answer`; returns the response to a preflight request.
  std::optional<net::Response> look_at(const net::Request& request) const;

 private:
  std::vector<std::string> origins_;
};

}  // namespace tg::gateway
