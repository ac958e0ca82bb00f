// What an operator may set of the auth service. Plain values.
#pragma once

#include <chrono>
#include <string>

#include <boost/describe.hpp>

#include "api/access_token.hpp"
#include "runtime/setting.hpp"

namespace tg::auth {

struct AuthSettings {
  std::chrono::seconds access_token_lifetime = std::chrono::minutes(30);
  std::chrono::seconds refresh_token_lifetime = std::chrono::hours(24 * 7);
  std::chrono::seconds session_lifetime = std::chrono::hours(24 * 30);
  std::chrono::seconds signing_key_lifetime = std::chrono::hours(24 * 90);
  std::string jwt_secret;
  bool registration_open = false;
  int password_min_length = 8;
  int password_memory_kib = 19456;
  int password_passes = 2;
  int login_failures_per_minute = 5;
  int login_failures_per_hour = 20;
  int registrations_per_minute = 5;
};
BOOST_DESCRIBE_STRUCT(AuthSettings, (),
                      (access_token_lifetime, refresh_token_lifetime, session_lifetime,
                       signing_key_lifetime, jwt_secret, registration_open, password_min_length,
                       password_memory_kib, password_passes, login_failures_per_minute,
                       login_failures_per_hour, registrations_per_minute))

constexpr bool is_signing_secret(std::string_view text) {
  return text.empty() || text.size() >= jwt::kSecretMinimum;
}

constexpr auto settings_of(const AuthSettings*) {
  return settings("auth", "Users, passwords, tokens, sessions",
                  Setting("access_token_lifetime")
                      .about("how long an access token is valid")
                      .between("1m", "1d"),
                  Setting("refresh_token_lifetime")
                      .about("how long a refresh token waits for its use")
                      .between("5m", "365d"),
                  Setting("session_lifetime")
                      .about("how long a session lives at most, however often it is refreshed")
                      .between("5m", "365d"),
                  Setting("signing_key_lifetime")
                      .about("age at which a start makes a new signing key")
                      .between("1d", "3650d"),
                  Setting("jwt_secret")
                      .about("sign with HS256 and this secret instead of our own Ed25519 key")
                      .like("empty, or at least 32 bytes", is_signing_secret)
                      .secret(),
                  Setting("registration_open")
                      .about("anyone may make an account, until an admin says otherwise"),
                  Setting("password_min_length").about("characters of a new password").range(8, 64),
                  Setting("password_memory_kib")
                      .about("memory of one password hash (argon2id)")
                      .range(8, 1 << 20),
                  Setting("password_passes").about("passes of one password hash").range(1, 20),
                  Setting("login_failures_per_minute")
                      .about("failed logins from one address; 0: any number")
                      .range(0, 1e6),
                  Setting("login_failures_per_hour")
                      .about("failed logins from one address; 0: any number")
                      .range(0, 1e6),
                  Setting("registrations_per_minute")
                      .about("registrations from one address; 0: any number")
                      .range(0, 1e6));
}

inline Result<void> check_settings(const AuthSettings& settings) {
  if (settings.refresh_token_lifetime > settings.session_lifetime) {
    return invalid("REFRESH_TOKEN_LIFETIME", "must not be longer than SESSION_LIFETIME");
  }
  return {};
}

}  // namespace tg::auth
