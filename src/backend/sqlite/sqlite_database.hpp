// SQL on a SQLite file: one writer thread that commits what has queued up (group commit, WAL,
// synchronous=FULL), readers on the compute pool. See store/sql.hpp for what it promises.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "runtime/compute_pool.hpp"
#include "store/sql.hpp"

namespace tg::sqlite {

struct DatabaseOptions {
  // Name of a registered sqlite3_vfs, the port to the file system; empty: the default one. Tests
  // put errors and power cuts under it (tests/support/crash_vfs.hpp).
  std::string vfs = {};
  // Pages in the write-ahead log from which on it is copied into the file after a commit.
  int checkpoint_pages = 4000;
};

// Opens or creates `file`; its folder must exist, and the caller must hold it against other
// processes (app/folder_lock.hpp). A file that is no database is Code::internal
// ("database.damaged"), one that cannot be opened Code::internal ("database.inaccessible"); both
// messages name the file and what to do.
Result<std::unique_ptr<sql::Database>> open_database(const std::filesystem::path& file,
                                                     ComputePool& pool,
                                                     const DatabaseOptions& options = {});

}  // namespace tg::sqlite
