// The auth service: api::Auth over a database of its own. Thread-safe after start().
//
// Invariants:
// - A login costs one password hash whatever the cause of its refusal, and all refusals are equal.
// - A refresh token is spent by a single statement: of concurrent requests with the same token one
//   wins, and for ten seconds the others get the same successor (the first reply may have been
//   lost). A later reuse, or reuse of an older token, ends the whole session.
// - Changes of password, role or status raise the user's token version, which invalidates older
//   access tokens.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "api/access_token.hpp"
#include "api/auth.hpp"
#include "runtime/degradation.hpp"
#include "service/auth/attempts.hpp"
#include "service/auth/auth_settings.hpp"
#include "service/auth/password_hasher.hpp"
#include "service/auth/session_store.hpp"
#include "service/auth/signing_keys.hpp"
#include "service/auth/user_store.hpp"

namespace tg::auth {

class AuthService final : public api::Auth {
 public:
  // `folder` holds the signing keys. The references must outlive the service.
  AuthService(sql::Database& database, store::KeyValue& kv, ComputePool& pool, const Clock& clock,
              std::filesystem::path folder, AuthSettings settings);

  // Migrates the database; loads or creates the signing keys.
  Task<Result<void>> start();

  // Creates a one-time token for POST /auth/setup, which makes the first admin. Replaces the
  // previous token; nullopt once there is an admin.
  Task<Result<std::optional<std::string>>> setup_token();

  Task<Result<api::User>> register_user(api::Call call, api::RegisterRequest request) override;
  Task<Result<api::TokenPair>> login(api::Call call, api::LoginRequest request) override;
  Task<Result<api::TokenPair>> refresh(api::Call call, api::RefreshRequest request) override;
  Task<Result<api::Done>> logout(api::Call call, api::Nothing request) override;
  Task<Result<api::TokenPair>> setup(api::Call call, api::SetupRequest request) override;
  Task<Result<api::User>> me(api::Call call, api::Nothing request) override;
  Task<Result<api::User>> update_me(api::Call call, api::UpdateMeRequest request) override;
  Task<Result<api::User>> change_password(api::Call call,
                                          api::ChangePasswordRequest request) override;
  Task<Result<api::Listed<api::User>>> users(api::Call call, api::UsersQuery query) override;
  Task<Result<api::User>> user(api::Call call, api::UserId id) override;
  Task<Result<api::User>> update_user(api::Call call, api::UpdateUserRequest request) override;
  Task<Result<api::Done>> delete_user(api::Call call, api::UserId id) override;
  Task<Result<api::User>> activate(api::Call call, api::UserId id) override;
  Task<Result<api::User>> deactivate(api::Call call, api::UserId id) override;
  Task<Result<api::UserStatistics>> statistics(api::Call call, api::Nothing request) override;
  Task<Result<api::Listed<api::Session>>> sessions(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> revoke_session(api::Call call, api::SessionId id) override;
  Task<Result<api::RegistrationSetting>> registration(api::Call call,
                                                      api::Nothing request) override;
  Task<Result<api::RegistrationSetting>> set_registration(
      api::Call call, api::RegistrationSetting setting) override;
  Task<Result<api::Verification>> verification(api::Call call, api::Nothing request) override;
  Task<Result<api::EraseReport>> erase(api::Call call, api::Nothing request) override;
  Task<Result<api::FsckReport>> fsck(api::Call call, api::Nothing request) override;
  Task<Result<api::Done>> backup(api::Call call, api::BackupRequest request) override;
  Task<Result<api::Health>> health(api::Call call, api::Nothing request) override;

  const PasswordHasher& hasher() const { return hasher_; }

 private:
  // Changes to a user, applied in one transaction together with their consequences for sessions.
  struct Change {
    std::optional<std::string> email;
    std::optional<std::string> username;
    std::optional<std::string> full_name;
    std::optional<api::Role> role;
    std::optional<api::UserStatus> status;
    std::optional<std::string> space;
    std::optional<std::string> password_hash;
    std::optional<json::Object> user_metadata;
  };
  Task<Result<api::User>> change_user(std::string id, Change change);
  Task<Result<Account>> account(std::string id);
  Task<Result<bool>> is_registration_open();
  Result<std::string> new_password(std::string_view field, std::string_view password,
                                   std::vector<std::string> names) const;
  api::TokenPair token_pair(const Account& account, const std::string& session_id,
                            std::string refresh_token) const;
  Lifetimes lifetimes() const;
  Lockout lockout() const;
  AttemptLimits login_limits() const;
  AttemptLimits registration_limits() const;

  sql::Database& database_;
  Attempts attempts_;
  const Clock& clock_;
  const std::filesystem::path folder_;
  const AuthSettings settings_;
  Degradation degradation_{"auth", clock_};
  PasswordHasher hasher_;
  std::optional<SigningKeys> keys_;  // set by start()
  std::string dummy_hash_;           // set by start(); verified for unknown users
};

}  // namespace tg::auth
