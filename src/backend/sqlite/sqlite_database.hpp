// The embedded implementation of store/sql.hpp, on a SQLite file: one writer thread with group
// commit (WAL, synchronous=FULL), readers on the compute pool. Thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "runtime/compute_pool.hpp"
#include "store/sql.hpp"

namespace tg::sqlite {

struct DatabaseOptions {
  // Name of a registered sqlite3_vfs; empty: the default. Tests use it to inject errors and power
  // failures (tests/support/crash_vfs.hpp).
  std::string vfs = {};
  // Length of the write-ahead log, in pages, at which it is copied into the file after a commit.
  int checkpoint_pages = 4000;
};

// Opens or creates `file`. Its folder must exist and be locked against other processes by the
// caller (app/folder_lock.hpp). Code::internal if the file is not a database ("database.damaged")
// or cannot be opened ("database.inaccessible"); the messages name the file and the remedy. `pool`
// must outlive the database.
Result<std::unique_ptr<sql::Database>> open_database(const std::filesystem::path& file,
                                                     ComputePool& pool,
                                                     const DatabaseOptions& options = {});

}  // namespace tg::sqlite
