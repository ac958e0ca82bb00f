// Repository of users. Functions over a connection, to be used in the caller's transaction.
#pragma once

#include <optional>
#include <string>

#include "api/auth_types.hpp"
#include "api/endpoint.hpp"
#include "store/sql.hpp"

namespace tg::auth {

// A user with the data that never leaves this service.
struct Account {
  api::User user;
  std::string password_hash;
  std::int64_t token_version = 0;
  std::int64_t failures = 0;
  UnixMillis locked_until{};
};

Result<std::optional<Account>> find_account(sql::Connection& connection, std::string_view id);
// By e-mail address or user name, normalised by account_rules.hpp.
Result<std::optional<Account>> find_account_by_email(sql::Connection& connection,
                                                     std::string_view email);
Result<std::optional<Account>> find_account_by_username(sql::Connection& connection,
                                                        std::string_view username_key);

// Code::conflict naming the field if the address or the name is in use.
Result<void> insert_account(sql::Connection& connection, const Account& account);
// Stores address, name, role, status, space and metadata.
Result<void> save_user(sql::Connection& connection, const api::User& user);
Result<void> save_password(sql::Connection& connection, std::string_view id,
                           std::string_view password_hash);
// Makes all access tokens issued so far invalid.
Result<void> raise_token_version(sql::Connection& connection, std::string_view id, UnixMillis now);
Result<void> delete_account(sql::Connection& connection, std::string_view id);

struct Lockout {
  std::int64_t after = 5;
  std::chrono::seconds longest = std::chrono::minutes(15);
};
// Counts a failed login: from the `after`-th on, the account is locked for 1, 2, 4, .. seconds.
Result<void> record_failure(sql::Connection& connection, const Account& account,
                            const Lockout& lockout, UnixMillis now);
Result<void> record_login(sql::Connection& connection, std::string_view id, UnixMillis now);

Result<api::Listed<api::User>> list_users(sql::Connection& connection,
                                          const api::UsersQuery& query);
Result<api::UserStatistics> count_users(sql::Connection& connection);
// Active admins other than `except`.
Result<std::int64_t> count_admins(sql::Connection& connection, std::string_view except = "");
// Users whose token version changed after `since`; -1 for users who are not active.
Result<std::vector<api::UserVersion>> changed_versions(sql::Connection& connection,
                                                       UnixMillis since);

}  // namespace tg::auth
