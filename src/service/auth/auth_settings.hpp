// What an operator may set of the auth service, and (without a line in the table) what only code
// sets. Plain values.
#pragma once

#include <chrono>
#include <string>

#include "base/error.hpp"
#include "runtime/setting.hpp"

namespace tg::auth {

enum class TokenAlgorithm { eddsa, hs256 };
BOOST_DESCRIBE_ENUM(TokenAlgorithm, eddsa, hs256)
enum class Registration { closed, open };
BOOST_DESCRIBE_ENUM(Registration, closed, open)

struct AuthSettings {
  TokenAlgorithm jwt_algorithm = TokenAlgorithm::eddsa;
  std::string jwt_secret;
  std::chrono::seconds access_token_life = std::chrono::minutes(30);
  std::chrono::seconds refresh_token_life = std::chrono::days(7);
  Registration registration = Registration::closed;  // until an admin says otherwise
  std::uint32_t password_min_length = 8;
  // Failures in a row that close an account; for 1 s, then 2, 4 .. and this long at most.
  std::uint32_t login_lockout_after = 5;
  std::chrono::seconds login_lockout_time = std::chrono::minutes(15);

  // However often it is refreshed; never less than a refresh token's.
  std::chrono::seconds session_life = std::chrono::days(30);
  // The age at which a start makes a new signing key.
  std::chrono::seconds signing_key_life = std::chrono::days(90);
  std::size_t password_memory_kib = 19456;
  std::size_t password_passes = 2;
  // From one address; 0: any number.
  int login_failures_per_minute = 5;
  int login_failures_per_hour = 20;
  int registrations_per_minute = 5;
};
BOOST_DESCRIBE_STRUCT(AuthSettings, (),
                      (jwt_algorithm, jwt_secret, access_token_life, refresh_token_life,
                       registration, password_min_length, login_lockout_after, login_lockout_time))
constexpr auto settings_of(const AuthSettings*) {
  return settings(
      "auth", "accounts and tokens",
      Setting("jwt_algorithm")
          .about(
              "eddsa: only the auth service can make tokens, its key is made at the first start; "
              "hs256: whoever holds JWT_SECRET can"),
      Setting("jwt_secret")
          .secret()
          .like("nothing, or at least 32 characters",
                [](std::string_view text) { return text.empty() || text.size() >= 32; })
          .about("the key of hs256"),
      Setting("access_token_life").between("1m", "1d").about("how long an access token is valid"),
      Setting("refresh_token_life")
          .between("10m", "365d")
          .about("how long a refresh token is valid; each use renews it"),
      Setting("registration").about("open: anyone may make an account; closed: only an admin may"),
      Setting("password_min_length").range(8, 64).about("characters"),
      Setting("login_lockout_after").range(1, 100).about("failed logins in a row"),
      Setting("login_lockout_time").between("1s", "1d").about("how long the account stays locked"));
}
Result<void> check_settings(const AuthSettings& settings);

// What tokens are signed with by hs256; empty where each process has only the public key.
std::string shared_secret(const AuthSettings& settings);

}  // namespace tg::auth
