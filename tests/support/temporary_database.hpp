// A SQLite database in a temporary folder, both deleted at the end of the test. Declare it after
// its pool and before its users.
//
//   ComputePool pool_{2, 64};
//   TemporaryDatabase database_{pool_};
//   run_blocking(database_->migrate(kMigrations));
#pragma once

#include <filesystem>
#include <memory>

#include "backend/sqlite/sqlite_database.hpp"
#include "base/ids.hpp"
#include "runtime/compute_pool.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::testing {

class TemporaryDatabase {
 public:
  explicit TemporaryDatabase(ComputePool& pool)
      : folder_(std::filesystem::temp_directory_path() / ("tg_test_" + random_hex(6))) {
    std::filesystem::create_directories(folder_);
    database_ = sqlite::open_database(folder_ / "test.db", pool).value();
  }
  ~TemporaryDatabase() {
    run_blocking(database_->close());
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  TemporaryDatabase(const TemporaryDatabase&) = delete;
  TemporaryDatabase& operator=(const TemporaryDatabase&) = delete;

  sql::Database& operator*() { return *database_; }
  sql::Database* operator->() { return database_.get(); }
  // For other files of the test.
  const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_;
  std::unique_ptr<sql::Database> database_;
};

}  // namespace tg::testing
