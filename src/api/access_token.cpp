#include "api/access_token.hpp"

#include "base/json_fields.hpp"

namespace tg::api {

std::string sign_access_token(const AccessToken& token, const jwt::SigningKey& key) {
  return jwt::sign({.type = std::string(kAccessTokenType),
                    .issuer = std::string(kTokenIssuer),
                    .subject = token.principal.user_id,
                    .audience = std::string(kTokenAudience),
                    .token_id = token.token_id,
                    .issued_at = token.issued_at,
                    .expires_at = token.expires_at,
                    .more = {{"role", json::enum_word(token.principal.role)},
                             {"space", token.principal.space},
                             {"ver", token.token_version}}},
                   key);
}

Result<AccessToken> verify_access_token(std::string_view text, const jwt::KeySet& keys,
                                        UnixMillis now) {
  TG_TRY(const jwt::Claims claims, jwt::verify(text, keys,
                                               {.type = kAccessTokenType,
                                                .issuer = kTokenIssuer,
                                                .audience = kTokenAudience,
                                                .now = now}));
  const auto role_word = json::text_in(claims.more, "role");
  auto space = json::text_in(claims.more, "space");
  const auto version = json::integer_in(claims.more, "ver");
  if (!role_word || !space || !version || claims.token_id.empty()) {
    return jwt::refusal("claims of an access token are missing");
  }
  const auto role = json::enum_of<Role>(*role_word);
  if (!role) return jwt::refusal("an unknown role");
  return AccessToken{.principal = {.user_id = claims.subject,
                                   .role = *role,
                                   .space = *std::move(space),
                                   .is_service = false},
                     .token_id = claims.token_id,
                     .token_version = *version,
                     .issued_at = claims.issued_at,
                     .expires_at = claims.expires_at};
}

std::string_view session_of_token(std::string_view token_id) {
  return token_id.substr(0, token_id.find('.'));
}

}  // namespace tg::api
