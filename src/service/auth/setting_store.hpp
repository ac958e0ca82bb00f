// Settings that can be changed at run time, as rows. Functions over a connection.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "store/sql.hpp"

namespace tg::auth {

inline constexpr std::string_view kRegistrationOpen = "registration_open";
inline constexpr std::string_view kSetupToken = "setup_token";  // a digest

inline Result<std::optional<std::string>> load_setting(sql::Connection& connection,
                                                       std::string_view name) {
  TG_TRY(const sql::Rows rows,
         connection.run("SELECT value FROM settings WHERE name = $1", {name}));
  return rows.empty() ? std::nullopt : rows[0].optional_text(0);
}

inline Result<void> save_setting(sql::Connection& connection, std::string_view name,
                                 std::string_view value) {
  TG_TRY_VOID(
      connection.run("INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) "
                     "DO UPDATE SET value = excluded.value",
                     {name, value}));
  return {};
}

inline Result<void> forget_setting(sql::Connection& connection, std::string_view name) {
  TG_TRY_VOID(connection.run("DELETE FROM settings WHERE name = $1", {name}));
  return {};
}

}  // namespace tg::auth
