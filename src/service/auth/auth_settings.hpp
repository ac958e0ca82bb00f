// What an operator may set of the auth service. Plain values.
#pragma once

#include <chrono>
#include <string>

namespace tg::auth {

struct AuthSettings {
  std::chrono::seconds access_token_lifetime = std::chrono::minutes(30);
  std::chrono::seconds refresh_token_lifetime = std::chrono::days(7);
  // However often it is refreshed; never less than a refresh token's.
  std::chrono::seconds session_lifetime = std::chrono::days(30);
  // The age at which a start makes a new signing key.
  std::chrono::seconds signing_key_lifetime = std::chrono::days(90);
  std::string jwt_secret;          // not empty: sign with HS256 and this, of at least 32 bytes
  bool registration_open = false;  // until an admin says otherwise
  std::size_t password_min_length = 8;
  std::size_t password_memory_kib = 19456;
  std::size_t password_passes = 2;
  // Failures in a row that close an account; for 1 s, then 2, 4 .. and this long at most.
  std::int64_t lockout_after = 5;
  std::chrono::seconds lockout_longest = std::chrono::minutes(15);
  // From one address; 0: any number.
  int login_failures_per_minute = 5;
  int login_failures_per_hour = 20;
  int registrations_per_minute = 5;
};

}  // namespace tg::auth
