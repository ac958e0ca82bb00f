#include "service/gateway/response_policy.hpp"

#include <algorithm>

namespace tg::gateway {

net::Headers security_headers(bool over_tls) {
  net::Headers headers;
  headers.add("X-Content-Type-Options", "nosniff");
  headers.add("X-Frame-Options", "DENY");
  headers.add("Referrer-Policy", "no-referrer");
  headers.add("Content-Security-Policy",
              "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'");
  headers.add("Cross-Origin-Opener-Policy", "same-origin");
  if (over_tls) headers.add("Strict-Transport-Security", "max-age=31536000");
  return headers;
}

std::optional<net::Response> CrossOrigin::look_at(const net::Request& request) const {
  if (origins_.empty() || request.answer == nullptr) return std::nullopt;
  // The response depends on Origin even if it is absent: caches must know.
  request.answer->add("Vary", "Origin");
  const std::string origin(request.headers.get("Origin"));
  if (std::ranges::find(origins_, origin) == origins_.end()) return std::nullopt;
  request.answer->set("Access-Control-Allow-Origin", origin);
  if (request.verb != net::Verb::options || !request.headers.has("Access-Control-Request-Method")) {
    request.answer->set("Access-Control-Expose-Headers",
                        "X-Request-Id, X-Total-Count, Retry-After, RateLimit, RateLimit-Policy, "
                        "X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset");
    return std::nullopt;
  }
  net::Response response{.status = 204, .headers = {}, .body = {}};
  response.headers.add("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE");
  response.headers.add("Access-Control-Allow-Headers",
                       "Authorization, Content-Type, X-Request-Id, X-Request-Timeout-Ms");
  response.headers.add("Access-Control-Max-Age", "600");
  return response;
}

}  // namespace tg::gateway
