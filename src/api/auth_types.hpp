// Requests and replies of the auth service. Plain values.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "api/call.hpp"
#include "base/json.hpp"

namespace tg::api {

enum class UserStatus { active, inactive, suspended };
BOOST_DESCRIBE_ENUM(UserStatus, active, inactive, suspended)

struct User {
  std::string id;
  std::string email;
  std::string username;
  std::optional<std::string> full_name;
  Role role = Role::user;
  UserStatus status = UserStatus::active;
  std::string space = "default";
  UnixMillis created_at;
  UnixMillis updated_at;
  std::optional<UnixMillis> last_login;
  json::Object user_metadata;
};
BOOST_DESCRIBE_STRUCT(User, (),
                      (id, email, username, full_name, role, status, space, created_at, updated_at,
                       last_login, user_metadata))

struct RegisterRequest {
  std::string email;
  std::string username;
  std::optional<std::string> full_name;
  std::string password;
  std::optional<Role> role;          // admins only
  std::optional<std::string> space;  // admins only
};
BOOST_DESCRIBE_STRUCT(RegisterRequest, (), (email, username, full_name, password, role, space))
constexpr auto rules_of(const RegisterRequest*) {
  return std::array{Rule("email").required().length(3, 254),
                    Rule("username").required().length(2, 64), Rule("full_name").length(0, 200),
                    Rule("password").required().length(8, 128), Rule("space").length(1, 64)};
}

struct LoginRequest {
  std::optional<std::string> email;
  std::optional<std::string> username;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(LoginRequest, (), (email, username, password))
constexpr auto rules_of(const LoginRequest*) {
  return std::array{Rule("email").length(1, 254), Rule("username").length(1, 64),
                    Rule("password").required().length(1, 1024)};
}

struct TokenPair {
  std::string access_token;
  std::string token_type = "bearer";
  std::int64_t expires_in = 0;  // seconds
  std::string refresh_token;
};
BOOST_DESCRIBE_STRUCT(TokenPair, (), (access_token, token_type, expires_in, refresh_token))

// The refresh token is in the body or, for old clients, in the query parameter of the same name.
struct RefreshRequest {
  std::string refresh_token;
};
BOOST_DESCRIBE_STRUCT(RefreshRequest, (), (refresh_token))
constexpr auto rules_of(const RefreshRequest*) {
  return std::array{Rule("refresh_token").required().length(1, 512)};
}

// Creates the first admin with the one-time token that is printed at the first start.
struct SetupRequest {
  std::string token;
  std::string email;
  std::optional<std::string> username;
  std::string password;
};
BOOST_DESCRIBE_STRUCT(SetupRequest, (), (token, email, username, password))
constexpr auto rules_of(const SetupRequest*) {
  return std::array{Rule("token").required().length(1, 200),
                    Rule("email").required().length(3, 254),
                    Rule("password").required().length(8, 128)};
}

struct UpdateMeRequest {
  std::optional<std::string> email;
  std::optional<std::string> username;
  std::optional<std::string> full_name;
  std::optional<json::Object> user_metadata;
};
BOOST_DESCRIBE_STRUCT(UpdateMeRequest, (), (email, username, full_name, user_metadata))
constexpr auto rules_of(const UpdateMeRequest*) {
  return std::array{Rule("email").length(3, 254), Rule("username").length(2, 64),
                    Rule("full_name").length(0, 200)};
}

struct ChangePasswordRequest {
  std::string old_password;
  std::string new_password;
};
BOOST_DESCRIBE_STRUCT(ChangePasswordRequest, (), (old_password, new_password))
constexpr auto rules_of(const ChangePasswordRequest*) {
  return std::array{Rule("old_password").required().length(1, 1024),
                    Rule("new_password").required().length(8, 128)};
}

struct UsersQuery {
  std::int64_t skip = 0;
  std::int64_t limit = 100;
  std::optional<Role> role;
  std::optional<UserStatus> status;
  std::optional<std::string> search;
};
BOOST_DESCRIBE_STRUCT(UsersQuery, (), (skip, limit, role, status, search))
constexpr auto rules_of(const UsersQuery*) {
  return std::array{Rule("skip").range(0, 1e9), Rule("limit").range(1, 1000),
                    Rule("search").length(0, 200)};
}

struct UserId {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(UserId, (), (id))

struct UpdateUserRequest {
  std::string id;
  std::optional<std::string> email;
  std::optional<std::string> username;
  std::optional<std::string> full_name;
  std::optional<Role> role;
  std::optional<UserStatus> status;
  std::optional<std::string> space;
  std::optional<std::string> password;
  std::optional<json::Object> user_metadata;
};
BOOST_DESCRIBE_STRUCT(UpdateUserRequest, (),
                      (id, email, username, full_name, role, status, space, password,
                       user_metadata))
constexpr auto rules_of(const UpdateUserRequest*) {
  return std::array{Rule("email").length(3, 254), Rule("username").length(2, 64),
                    Rule("full_name").length(0, 200), Rule("password").length(8, 128),
                    Rule("space").length(1, 64)};
}

struct UserStatistics {
  std::int64_t total_users = 0;
  std::int64_t active_users = 0;
  std::int64_t inactive_users = 0;
  std::int64_t admin_users = 0;
  std::int64_t user_users = 0;
  std::int64_t viewer_users = 0;
};
BOOST_DESCRIBE_STRUCT(UserStatistics, (),
                      (total_users, active_users, inactive_users, admin_users, user_users,
                       viewer_users))

struct Session {
  std::string id;
  UnixMillis created_at;
  UnixMillis last_used_at;
  UnixMillis expires_at;
  std::string client_address;
  bool current = false;
};
BOOST_DESCRIBE_STRUCT(Session, (),
                      (id, created_at, last_used_at, expires_at, client_address, current))

struct SessionId {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(SessionId, (), (id))

struct RegistrationSetting {
  bool open = false;
};
BOOST_DESCRIBE_STRUCT(RegistrationSetting, (), (open))

// For the gateway: verification keys by `kid`, and recent revocations.
struct VerificationKey {
  std::string kid;
  std::string algorithm;   // "EdDSA" or "HS256"
  std::string public_key;  // base64url of the 32 bytes; empty for HS256, whose secret is never sent
};
BOOST_DESCRIBE_STRUCT(VerificationKey, (), (kid, algorithm, public_key))

struct UserVersion {
  std::string user_id;
  std::int64_t token_version = 0;  // tokens with a smaller version are invalid
};
BOOST_DESCRIBE_STRUCT(UserVersion, (), (user_id, token_version))

struct Verification {
  std::vector<VerificationKey> keys;
  // Ended sessions and revoked tokens ("SESSION.NUMBER"), until their access tokens have expired.
  std::vector<std::string> revoked_token_ids;
  // Users whose version changed while older tokens may still be valid; -1: inactive or deleted.
  std::vector<UserVersion> user_versions;
  bool setup_needed = false;
};
BOOST_DESCRIBE_STRUCT(Verification, (), (keys, revoked_token_ids, user_versions, setup_needed))

}  // namespace tg::api
