// The maintenance calls of AuthService: health, fsck, erase, backup.
#include <fmt/core.h>

#include "api/health_report.hpp"
#include "service/auth/auth_service.hpp"

namespace tg::auth {
namespace {

using sql::Connection;

Result<std::int64_t> count(Connection& c, std::string_view statement,
                           std::vector<sql::Value> parameters = {}) {
  TG_TRY(const sql::Rows rows, c.run(statement, std::move(parameters)));
  return rows[0].integer(0);
}

// A live session has exactly one unspent token; a spent token has a successor.
Result<void> check_rows(Connection& c, api::FsckReport& report) {
  const auto add = [&report](std::string_view what) {
    return [&report, what](const sql::Row& row) {
      report.violations.push_back(fmt::format("{} {}", what, row.text(0)));
      return true;
    };
  };
  TG_TRY_VOID(
      c.each("SELECT s.id FROM sessions s WHERE s.ended_ms IS NULL AND (SELECT count(*) FROM "
             "refresh_tokens t WHERE t.session_id = s.id AND t.spent_ms IS NULL) <> 1",
             {}, add("not exactly one usable refresh token in session")));
  TG_TRY_VOID(
      c.each("SELECT t.session_id FROM refresh_tokens t WHERE t.spent_ms IS NOT NULL AND NOT "
             "EXISTS (SELECT 1 FROM refresh_tokens n WHERE n.digest = t.successor_digest)",
             {}, add("a spent refresh token without its successor in session")));
  TG_TRY_VOID(c.each("SELECT id FROM users WHERE password_hash NOT LIKE '$argon2id$%'", {},
                     add("no argon2id hash of the password of user")));
  TG_TRY_VOID(
      c.each("SELECT s.id FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.ended_ms "
             "IS NULL AND u.status <> 'active'",
             {}, add("a user who is not active has session")));
  return {};
}

}  // namespace

Task<Result<api::EraseReport>> AuthService::erase(api::Call, api::Nothing) {
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [now = clock_.wall()](Connection& c) { return purge(c, now); }));
  TG_CO_TRY_VOID(co_await database_.compact());
  co_return api::EraseReport{};
}

Task<Result<api::FsckReport>> AuthService::fsck(api::Call, api::Nothing) {
  api::FsckReport report;
  TG_CO_TRY(report.violations, co_await database_.check());
  auto* const out = &report;
  TG_CO_TRY_VOID(co_await sql::read<void>(database_, [out](Connection& c) -> Result<void> {
    TG_TRY_VOID(check_rows(c, *out));
    TG_TRY(const std::int64_t users, count(c, "SELECT count(*) FROM users"));
    TG_TRY(const std::int64_t sessions,
           count(c, "SELECT count(*) FROM sessions WHERE ended_ms IS NULL"));
    out->counts["users"] = users;
    out->counts["sessions"] = sessions;
    return {};
  }));
  co_return report;
}

Task<Result<api::Done>> AuthService::backup(api::Call, api::BackupRequest request) {
  const auto folder = std::filesystem::path(request.folder) / "auth";
  TG_CO_TRY_VOID(disk_files().make_folders(folder));
  TG_CO_TRY_VOID(co_await database_.copy_to((folder / "auth.db").string()));
  const auto keys = folder_ / SigningKeys::kFileName;
  if (std::filesystem::exists(keys)) {
    TG_CO_TRY(const std::string text, disk_files().read(keys));
    TG_CO_TRY_VOID(write_atomically(disk_files(), folder / SigningKeys::kFileName, text));
  }
  co_return api::Done{.message = "auth: backup written"};
}

Task<Result<api::Health>> AuthService::health(api::Call, api::Nothing) {
  const auto admins =
      co_await sql::read<std::int64_t>(database_, [](Connection& c) { return count_admins(c); });
  const auto is_open = co_await is_registration_open();
  api::HealthReport report("auth", clock_);
  report.needs("database",
               !admins    ? std::unexpected(admins.error())
               : !is_open ? std::unexpected(is_open.error())
                          : Result<void>(),
               degradation_);
  if (admins) report.tell("setup_needed", *admins == 0);
  if (is_open) report.tell("registration_open", *is_open);
  co_return report.tell("passwords_waiting", static_cast<std::int64_t>(hasher_.waiting())).make();
}

}  // namespace tg::auth
