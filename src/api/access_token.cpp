#include "api/access_token.hpp"

#include "base/json.hpp"

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
  const auto* role_text = claims.more.if_contains("role");
  const auto* space = claims.more.if_contains("space");
  const auto* version = claims.more.if_contains("ver");
  if (role_text == nullptr || !role_text->is_string() || space == nullptr || !space->is_string() ||
      version == nullptr || !version->is_int64() || claims.token_id.empty()) {
    return jwt::refusal("claims of an access token are missing");
  }
  const auto role = json::enum_of<Role>(std::string_view(role_text->get_string()));
  if (!role) return jwt::refusal("an unknown role");
  return AccessToken{.principal = {.user_id = claims.subject,
                                   .role = *role,
                                   .space = std::string(space->get_string()),
                                   .is_service = false},
                     .token_id = claims.token_id,
                     .token_version = version->get_int64(),
                     .issued_at = claims.issued_at,
                     .expires_at = claims.expires_at};
}

std::string_view session_of_token(std::string_view token_id) {
  return token_id.substr(0, token_id.find('.'));
}

}  // namespace tg::api
