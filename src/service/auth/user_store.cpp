#include "service/auth/user_store.hpp"

#include <fmt/core.h>

#include "base/text.hpp"
#include "service/auth/account_rules.hpp"

namespace tg::auth {
namespace {

using sql::Connection;
using sql::Row;
using sql::Rows;

constexpr std::string_view kColumns =
    "id, email, username, full_name, role, status, space, created_ms, updated_ms, last_login_ms, "
    "user_metadata, password_hash, token_version, failures, locked_until_ms";

api::User user_of(const Row& row) {
  api::User user;
  user.id = row.text(0);
  user.email = row.text(1);
  user.username = row.text(2);
  user.full_name = row.optional_text(3);
  user.role = json::enum_of<api::Role>(row.text(4)).value_or(api::Role::viewer);
  user.status = json::enum_of<api::UserStatus>(row.text(5)).value_or(api::UserStatus::inactive);
  user.space = row.text(6);
  user.created_at = from_millis(row.integer(7));
  user.updated_at = from_millis(row.integer(8));
  if (!row.is_null(9)) user.last_login = from_millis(row.integer(9));
  if (const auto metadata = json::parse(row.text(10)); metadata && metadata->is_object()) {
    user.user_metadata = metadata->get_object();
  }
  return user;
}

Account account_of(const Row& row) {
  return {.user = user_of(row),
          .password_hash = row.text(11),
          .token_version = row.integer(12),
          .failures = row.integer(13),
          .locked_until = from_millis(row.integer(14))};
}

Result<std::optional<Account>> find_by(Connection& connection, std::string_view column,
                                       std::string_view value) {
  TG_TRY(
      const Rows rows,
      connection.run(fmt::format("SELECT {} FROM users WHERE {} = $1", kColumns, column), {value}));
  if (rows.empty()) return std::nullopt;
  return account_of(rows[0]);
}

std::string search_key(const api::User& user) {
  return text::to_lower(
      text::to_nfc(user.email + '\n' + user.username + '\n' + user.full_name.value_or("")));
}

// `search` as a substring pattern, with LIKE's wildcards escaped.
std::string like_pattern(std::string_view search) {
  std::string pattern = "%";
  for (const char c : text::to_lower(text::to_nfc(search))) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + '%';
}

Result<void> check_free(Connection& connection, const api::User& user) {
  TG_TRY(const Rows taken,
         connection.run("SELECT email FROM users WHERE (email = $1 OR username_key = $2) AND id <> "
                        "$3 ORDER BY email = $1 DESC",
                        {user.email, username_key(user.username), user.id}));
  if (taken.empty()) return {};
  const std::string_view field = taken[0].text(0) == user.email ? "email" : "username";
  auto refused = fail(Code::conflict, fmt::format("taken.{}", field),
                      fmt::format("{}: is already in use", field));
  refused.error().field = field;
  return refused;
}

}  // namespace

Result<std::optional<Account>> find_account(Connection& connection, std::string_view id) {
  return find_by(connection, "id", id);
}

Result<std::optional<Account>> find_account_by_email(Connection& connection,
                                                     std::string_view email) {
  return find_by(connection, "email", email);
}

Result<std::optional<Account>> find_account_by_username(Connection& connection,
                                                        std::string_view key) {
  return find_by(connection, "username_key", key);
}

Result<void> insert_account(Connection& connection, const Account& account) {
  const api::User& user = account.user;
  TG_TRY_VOID(check_free(connection, user));
  TG_TRY_VOID(connection.run(
      "INSERT INTO users (id, email, username, username_key, full_name, search_key, role, status, "
      "space, user_metadata, password_hash, created_ms, updated_ms) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
      {user.id, user.email, user.username, username_key(user.username), user.full_name,
       search_key(user), json::enum_word(user.role), json::enum_word(user.status), user.space,
       json::to_text(json::Value(user.user_metadata)), account.password_hash,
       to_millis(user.created_at), to_millis(user.updated_at)}));
  return {};
}

Result<void> save_user(Connection& connection, const api::User& user) {
  TG_TRY_VOID(check_free(connection, user));
  TG_TRY_VOID(connection.run(
      "UPDATE users SET email = $2, username = $3, username_key = $4, full_name = $5, search_key = "
      "$6, role = $7, status = $8, space = $9, user_metadata = $10, updated_ms = $11 WHERE id = $1",
      {user.id, user.email, user.username, username_key(user.username), user.full_name,
       search_key(user), json::enum_word(user.role), json::enum_word(user.status), user.space,
       json::to_text(json::Value(user.user_metadata)), to_millis(user.updated_at)}));
  return {};
}

Result<void> save_password(Connection& connection, std::string_view id,
                           std::string_view password_hash) {
  TG_TRY_VOID(
      connection.run("UPDATE users SET password_hash = $2 WHERE id = $1", {id, password_hash}));
  return {};
}

Result<void> raise_token_version(Connection& connection, std::string_view id, UnixMillis now) {
  TG_TRY_VOID(
      connection.run("UPDATE users SET token_version = token_version + 1, version_changed_ms "
                     "= $2 WHERE id = $1",
                     {id, to_millis(now)}));
  return {};
}

Result<void> delete_account(Connection& connection, std::string_view id) {
  TG_TRY_VOID(connection.run("DELETE FROM users WHERE id = $1", {id}));
  return {};
}

Result<void> record_failure(Connection& connection, const Account& account, const Lockout& lockout,
                            UnixMillis now) {
  const std::int64_t failures = account.failures + 1;
  UnixMillis locked_until{};
  if (failures >= lockout.after) {
    const auto doublings = std::min<std::int64_t>(failures - lockout.after, 30);
    locked_until =
        now + std::min(lockout.longest, std::chrono::seconds(std::int64_t{1} << doublings));
  }
  TG_TRY_VOID(connection.run("UPDATE users SET failures = $2, locked_until_ms = $3 WHERE id = $1",
                             {account.user.id, failures, to_millis(locked_until)}));
  return {};
}

Result<void> record_login(Connection& connection, std::string_view id, UnixMillis now) {
  TG_TRY_VOID(connection.run(
      "UPDATE users SET failures = 0, locked_until_ms = 0, last_login_ms = $2 WHERE id = $1",
      {id, to_millis(now)}));
  return {};
}

Result<api::Listed<api::User>> list_users(Connection& connection, const api::UsersQuery& query) {
  const sql::Value role = query.role ? sql::Value(json::enum_word(*query.role)) : sql::Value();
  const sql::Value status =
      query.status ? sql::Value(json::enum_word(*query.status)) : sql::Value();
  const sql::Value pattern = query.search ? sql::Value(like_pattern(*query.search)) : sql::Value();
  constexpr std::string_view kWhere =
      "WHERE (CAST($1 AS TEXT) IS NULL OR role = $1) AND (CAST($2 AS TEXT) IS NULL OR status = $2) "
      "AND (CAST($3 AS TEXT) IS NULL OR "
      "search_key LIKE $3 ESCAPE '\\')";
  TG_TRY(const Rows counted, connection.run(fmt::format("SELECT count(*) FROM users {}", kWhere),
                                            {role, status, pattern}));
  TG_TRY(const Rows rows,
         connection.run(fmt::format("SELECT {} FROM users {} ORDER BY created_ms, id LIMIT $4 "
                                    "OFFSET $5",
                                    kColumns, kWhere),
                        {role, status, pattern, query.limit, query.skip}));
  api::Listed<api::User> list;
  list.total = counted[0].integer(0);
  for (const Row& row : rows) list.items.push_back(user_of(row));
  return list;
}

Result<api::UserStatistics> count_users(Connection& connection) {
  api::UserStatistics statistics;
  TG_TRY(const Rows rows,
         connection.run("SELECT role, status, count(*) FROM users GROUP BY role, status"));
  for (const Row& row : rows) {
    const std::int64_t count = row.integer(2);
    statistics.total_users += count;
    (row.text(1) == "active" ? statistics.active_users : statistics.inactive_users) += count;
    const auto role = json::enum_of<api::Role>(row.text(0));
    if (role == api::Role::admin) statistics.admin_users += count;
    if (role == api::Role::user) statistics.user_users += count;
    if (role == api::Role::viewer) statistics.viewer_users += count;
  }
  return statistics;
}

Result<std::int64_t> count_admins(Connection& connection, std::string_view except) {
  TG_TRY(const Rows rows, connection.run("SELECT count(*) FROM users WHERE role = 'admin' AND "
                                         "status = 'active' AND id <> $1",
                                         {except}));
  return rows[0].integer(0);
}

Result<std::vector<api::UserVersion>> changed_versions(Connection& connection, UnixMillis since) {
  TG_TRY(const Rows rows,
         connection.run("SELECT id, CASE WHEN status = 'active' THEN token_version ELSE -1 END "
                        "FROM users WHERE version_changed_ms > $1",
                        {to_millis(since)}));
  std::vector<api::UserVersion> versions;
  for (const Row& row : rows) versions.push_back({row.text(0), row.integer(1)});
  return versions;
}

}  // namespace tg::auth
