#include "service/telegram/saved_file_store.hpp"

#include "service/telegram/channel_store.hpp"

namespace tg::telegram {
namespace {

using sql::Connection;
using sql::Row;

constexpr std::string_view kVisible =
    "EXISTS (SELECT 1 FROM channel_grants g WHERE g.channel_id = f.channel_id AND g.grantee IN "
    "($1, $2) AND (f.is_shared = 1 OR g.is_guest = 0))";

}  // namespace

Result<void> insert_saved_file(Connection& connection, const std::string& filename,
                               std::int64_t channel_id, bool is_shared, UnixMillis now) {
  TG_TRY_VOID(connection.run(
      "INSERT INTO saved_files (filename, channel_id, created_ms, is_shared) VALUES ($1, $2, $3, "
      "$4) ON CONFLICT (filename) DO UPDATE SET channel_id = excluded.channel_id, created_ms = "
      "excluded.created_ms, is_shared = excluded.is_shared",
      {filename, channel_id, to_millis(now), is_shared}));
  return {};
}

Result<std::vector<SavedFileRow>> list_saved_files(Connection& connection,
                                                   const api::Principal& principal) {
  std::vector<SavedFileRow> files;
  TG_TRY(const auto rows, connection.run("SELECT filename, created_ms FROM saved_files f WHERE " +
                                             std::string(kVisible) + " ORDER BY filename",
                                         grantees(principal)));
  for (const Row& row : rows) files.push_back({row.text(0), from_millis(row.integer(1))});
  return files;
}

Result<bool> may_see_file(Connection& connection, const api::Principal& principal,
                          const std::string& filename) {
  std::vector<sql::Value> parameters = grantees(principal);
  parameters.emplace_back(filename);
  TG_TRY(const auto rows, connection.run("SELECT 1 FROM saved_files f WHERE " +
                                             std::string(kVisible) + " AND f.filename = $3",
                                         parameters));
  return !rows.empty();
}

Result<std::vector<std::string>> all_saved_files(Connection& connection) {
  TG_TRY(const auto rows, connection.run("SELECT filename FROM saved_files"));
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.text(0));
  return names;
}

}  // namespace tg::telegram
