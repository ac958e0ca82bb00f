#include "service/telegram/saved_file_store.hpp"

#include "service/telegram/sql_values.hpp"

namespace tg::telegram {
namespace {

using sql::Connection;
using sql::Row;

constexpr std::string_view kVisible =
    "EXISTS (SELECT 1 FROM channel_grants g WHERE g.channel_id = f.channel_id AND g.grantee IN "
    "($1, $2))";

}  // namespace

Result<void> insert_saved_file(Connection& connection, const std::string& filename,
                               std::int64_t channel_id, UnixMillis now) {
  TG_TRY_VOID(connection.run(
      "INSERT INTO saved_files (filename, channel_id, created_ms) VALUES ($1, $2, $3) ON CONFLICT "
      "(filename) DO UPDATE SET channel_id = excluded.channel_id, created_ms = excluded.created_ms",
      {filename, channel_id, to_millis(now)}));
  return {};
}

Result<std::vector<SavedFileRow>> list_saved_files(Connection& connection,
                                                   const api::Principal& principal) {
  std::vector<SavedFileRow> files;
  TG_TRY(const auto rows, connection.run("SELECT filename, created_ms FROM saved_files f WHERE " +
                                             std::string(kVisible) + " ORDER BY filename",
                                         {api::user_access_key(principal.user_id),
                                          api::space_access_key(principal.space)}));
  for (const Row& row : rows) files.push_back({row.text(0), from_millis(row.integer(1))});
  return files;
}

Result<bool> may_see_file(Connection& connection, const api::Principal& principal,
                          const std::string& filename) {
  TG_TRY(const auto rows, connection.run("SELECT 1 FROM saved_files f WHERE " +
                                             std::string(kVisible) + " AND f.filename = $3",
                                         {api::user_access_key(principal.user_id),
                                          api::space_access_key(principal.space), filename}));
  return !rows.empty();
}

Result<std::vector<std::string>> all_saved_files(Connection& connection) {
  TG_TRY(const auto rows, connection.run("SELECT filename FROM saved_files"));
  std::vector<std::string> names;
  for (const Row& row : rows) names.push_back(row.text(0));
  return names;
}

}  // namespace tg::telegram
