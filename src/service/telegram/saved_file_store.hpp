// The saved files and the channels whose posts they hold: plain functions over a connection. A row
// always names a file that exists; a file without a row is left over from a crash.
#pragma once

#include <string>
#include <vector>

#include "api/call.hpp"
#include "base/clock.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

struct SavedFileRow {
  std::string filename;
  UnixMillis created;
};
Result<void> insert_saved_file(sql::Connection& connection, const std::string& filename,
                               std::int64_t channel_id, bool is_shared, UnixMillis now);
// Those that the principal sees, by name: all files of their own channels, and shared files (made
// from t.me, not from what is stored) of channels that they see as guests.
Result<std::vector<SavedFileRow>> list_saved_files(sql::Connection& connection,
                                                   const api::Principal& principal);
Result<bool> may_see_file(sql::Connection& connection, const api::Principal& principal,
                          const std::string& filename);
Result<std::vector<std::string>> all_saved_files(sql::Connection& connection);

}  // namespace tg::telegram
