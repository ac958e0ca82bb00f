#include "service/auth/auth_settings.hpp"

namespace tg::auth {

Result<void> check_settings(const AuthSettings& settings) {
  if (settings.jwt_algorithm == TokenAlgorithm::hs256 && settings.jwt_secret.empty()) {
    return invalid("JWT_SECRET", "must be set if JWT_ALGORITHM is hs256");
  }
  if (settings.refresh_token_life <= settings.access_token_life) {
    return invalid("REFRESH_TOKEN_LIFE", "must be longer than ACCESS_TOKEN_LIFE");
  }
  return {};
}

std::string shared_secret(const AuthSettings& settings) {
  return settings.jwt_algorithm == TokenAlgorithm::hs256 ? settings.jwt_secret : std::string();
}

}  // namespace tg::auth
