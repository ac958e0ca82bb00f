// The content of an access token: auth signs it, the gateway verifies it. Plain values; functions
// are thread-safe.
//
// A token belongs to a session (a family of refresh tokens): its id is "SESSION.NUMBER", so that
// revoking a session revokes all of its access tokens.
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
  std::int64_t token_version = 0;  // invalid once the user's is larger
  jwt::Seconds issued_at{};
  jwt::Seconds expires_at{};
};

std::string sign_access_token(const AccessToken& token, const jwt::SigningKey& key);
// Checks signature, times and format. The caller checks revocation.
Result<AccessToken> verify_access_token(std::string_view text, const jwt::KeySet& keys,
                                        UnixMillis now);
std::string_view session_of_token(std::string_view token_id);

}  // namespace tg::api
