// What an access token says, and its two ends: auth signs it, the gateway reads it. Plain values.
//
// A token belongs to a session (a refresh family): its id is "SESSION.NUMBER", so that a revoked
// session makes every access token of it void.
#pragma once

#include <string>
#include <string_view>

#include "api/call.hpp"
#include "base/jwt.hpp"

namespace tg::api {

inline constexpr std::string_view kAccessTokenType = "at+jwt";
inline constexpr std::string_view kTokenIssuer = "telegnosis";
inline constexpr std::string_view kTokenAudience = "telegnosis-api";

struct AccessToken {
  Principal principal;
  std::string token_id;            // "SESSION.NUMBER"
  std::int64_t token_version = 0;  // void once the user's is larger
  jwt::Seconds issued_at{};
  jwt::Seconds expires_at{};
};

std::string sign_access_token(const AccessToken& token, const jwt::SigningKey& key);
// Signature, times and form; revocation is the caller's to check.
Result<AccessToken> verify_access_token(std::string_view text, const jwt::KeySet& keys,
                                        UnixMillis now);
std::string_view session_of_token(std::string_view token_id);

}  // namespace tg::api
