// Settings of the auth service. Fields without an entry in settings_of() are set by code only.
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
  Registration registration = Registration::closed;  // an admin can change it at run time
  std::uint32_t password_min_length = 8;
  // Consecutive failures that lock an account, for 1 s, then 2, 4, .. up to the given time.
  std::uint32_t login_lockout_after = 5;
  std::chrono::seconds login_lockout_time = std::chrono::minutes(15);

  // Maximum life of a session, however often it is refreshed; at least that of a refresh token.
  std::chrono::seconds session_life = std::chrono::days(30);
  // A signing key older than this is replaced at the next start.
  std::chrono::seconds signing_key_life = std::chrono::days(90);
  std::size_t password_memory_kib = 19456;
  std::size_t password_passes = 2;
  // Per address; 0: no limit.
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
          .about("eddsa: only the auth service can sign tokens, with a key created at the first "
                 "start; "
                 "hs256: every holder of JWT_SECRET can"),
      Setting("jwt_secret")
          .secret()
          .like("nothing, or at least 32 characters",
                [](std::string_view text) { return text.empty() || text.size() >= 32; })
          .about("signing key for hs256"),
      Setting("access_token_life").between("1m", "1d").about("lifetime of an access token"),
      Setting("refresh_token_life")
          .between("10m", "365d")
          .about("lifetime of a refresh token; each use issues a new one"),
      Setting("registration")
          .about("open: anyone can register; closed: only an admin can create accounts"),
      Setting("password_min_length").range(8, 64).about("minimum password length in characters"),
      Setting("login_lockout_after")
          .range(1, 100)
          .about("consecutive failed logins after which an account is locked"),
      Setting("login_lockout_time")
          .between("1s", "1d")
          .about("maximum time that an account stays locked"));
}
Result<void> check_settings(const AuthSettings& settings);

// The secret that all processes share with hs256; empty with eddsa.
std::string shared_secret(const AuthSettings& settings);

}  // namespace tg::auth
