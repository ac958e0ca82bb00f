// Admits requests to the gateway. Checks in order: the address's quota, the token, the caller's
// quota, the caller's role. Adds the rate-limit headers to `request.answer`. Thread-safe.
//
//   Result<api::Call> call = co_await admission.admit(request, spec);
//
// An invalid token is refused, except at open endpoints (login, refresh), where the caller is then
// anonymous. /health is not rate-limited.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "api/endpoint.hpp"
#include "net/http.hpp"
#include "service/gateway/access_tokens.hpp"
#include "service/gateway/client_address.hpp"
#include "service/gateway/rate_limits.hpp"

namespace tg::gateway {

class GatewayAdmission {
 public:
  // Both must outlive it.
  GatewayAdmission(AccessTokens& tokens, RateLimits& limits, TrustedProxies proxies)
      : tokens_(tokens), limits_(limits), proxies_(std::move(proxies)) {}

  Task<Result<api::Call>> admit(const net::Request* request, const api::Spec* spec);

 private:
  Task<Result<api::Call>> identify(const net::Request* request, const api::Spec* spec,
                                   std::string client_address);
  Result<void> check_quota(const net::Request& request, const api::Spec& spec,
                           const std::string& caller, bool take);

  AccessTokens& tokens_;
  RateLimits& limits_;
  const TrustedProxies proxies_;
};

// The token of the one Authorization header; nullopt: none, or of another scheme. More than one is
// Code::validation.
Result<std::optional<std::string>> bearer_token(const net::Headers& headers);

}  // namespace tg::gateway
