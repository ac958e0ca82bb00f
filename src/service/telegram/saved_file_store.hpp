// Which saved files there are and whose posts they hold. A row stands for a file from before it is
// written, so that no file is without.
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
                               std::int64_t channel_id, UnixMillis now);
// Of the channels that the caller may see, by name.
Result<std::vector<SavedFileRow>> list_saved_files(sql::Connection& connection,
                                                   const api::Principal& principal);
Result<bool> may_see_file(sql::Connection& connection, const api::Principal& principal,
                          const std::string& filename);
Result<std::vector<std::string>> all_saved_files(sql::Connection& connection);

}  // namespace tg::telegram
