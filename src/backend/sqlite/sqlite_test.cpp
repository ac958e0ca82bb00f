#include <gtest/gtest.h>

#include "backend/sqlite/sqlite_database.hpp"
#include "base/ids.hpp"
#include "runtime/fault.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"
#include "tests/support/error_of.hpp"

namespace tg {
namespace {

namespace fs = std::filesystem;
using sql::Connection;

constexpr sql::Migration kFirst{
    1, "notes", "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"};
constexpr sql::Migration kSecond{2, "marks", "ALTER TABLE notes ADD COLUMN mark INTEGER"};

class SqliteTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("tg_sqlite_" + random_hex(6));
    fs::create_directories(folder_);
    reopen();
  }
  void TearDown() override {
    database_.reset();
    fs::remove_all(folder_);
    ASSERT_TRUE(fault::set_plan(""));
  }
  void reopen(const sqlite::DatabaseOptions& options = {}) {
    database_.reset();
    auto opened = sqlite::open_database(folder_ / "test.db", pool_, options);
    ASSERT_TRUE(opened) << opened.error().detail;
    database_ = *std::move(opened);
  }
  Result<void> migrate(std::vector<sql::Migration> migrations) {
    return run_blocking(database_->migrate(migrations));
  }
  Result<void> insert(std::string text) {
    return run_blocking(sql::write<void>(*database_, [text](Connection& c) -> Result<void> {
      TG_TRY_VOID(c.run("INSERT INTO notes (text) VALUES ($1)", {text}));
      return {};
    }));
  }
  std::int64_t count() {
    return run_blocking(sql::read<std::int64_t>(*database_,
                                                [](Connection& c) -> Result<std::int64_t> {
                                                  TG_TRY(auto rows,
                                                         c.run("SELECT count(*) FROM notes"));
                                                  return rows[0].integer(0);
                                                }))
        .value();
  }

  ComputePool pool_{2, 64};
  fs::path folder_;
  std::unique_ptr<sql::Database> database_;
};

TEST_F(SqliteTest, WritesAreReadBackAfterReopening) {
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(insert("один"));
  reopen();
  ASSERT_TRUE(migrate({kFirst, kSecond}));
  EXPECT_EQ(count(), 1);
  EXPECT_TRUE(run_blocking(database_->check()).value().empty());
}

TEST_F(SqliteTest, AFailedWriteIsRolledBackAlone) {
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(insert("a"));
  const auto twice = insert("a");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().reason, "constraint");
  const auto half = run_blocking(sql::write<void>(*database_, [](Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("INSERT INTO notes (text) VALUES ('b')"));
    return internal("changed my mind");
  }));
  EXPECT_FALSE(half);
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, AFailedCommitIsNeverAcknowledged) {
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(fault::set_plan("sql.before_commit=error"));
  EXPECT_FALSE(insert("lost"));
  ASSERT_TRUE(fault::set_plan(""));
  EXPECT_EQ(count(), 0);
  EXPECT_TRUE(insert("kept"));
  EXPECT_EQ(count(), 1);
}

TEST_F(SqliteTest, ParametersAreBoundByNumber) {
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(insert("old"));
  ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [](Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("UPDATE notes SET text = $2 WHERE text = $1", {"old", "new"}));
    if (c.changes() != 1) return internal("nothing was changed");
    return {};
  })));
}

TEST_F(SqliteTest, ChangedAndNewerSchemasAreRefused) {
  ASSERT_TRUE(migrate({kFirst, kSecond}));
  EXPECT_EQ(migrate({kFirst}).error().reason, "schema.newer");
  sql::Migration changed = kSecond;
  changed.script = "ALTER TABLE notes ADD COLUMN colour INTEGER";
  EXPECT_EQ(migrate({kFirst, changed}).error().reason, "schema.changed");
}

TEST_F(SqliteTest, AMigrationThatFailsLeavesNothing) {
  ASSERT_TRUE(fault::set_plan("sql.migration_before_commit=error"));
  EXPECT_FALSE(migrate({kFirst}));
  ASSERT_TRUE(fault::set_plan(""));
  ASSERT_TRUE(migrate({kFirst}));
  EXPECT_EQ(count(), 0);
}

TEST_F(SqliteTest, TheErrorOfAnUnusableFileNamesItAndTheRemedy) {
  ASSERT_TRUE(write_atomically(disk_files(), folder_ / "usage.db", std::string(5000, 'x')));
  const Error damaged = error_of(sqlite::open_database(folder_ / "usage.db", pool_));
  EXPECT_EQ(damaged.reason, "database.damaged");
  EXPECT_EQ(damaged.message, "the database file " + folder_.filename().string() +
                                 "/usage.db is damaged: restore it from a backup");
  fs::create_directories(folder_ / "folder.db");
  EXPECT_EQ(error_of(sqlite::open_database(folder_ / "folder.db", pool_)).reason,
            "database.inaccessible");
}

TEST_F(SqliteTest, ALongLogIsCheckpointedAfterACommit) {
  reopen({.checkpoint_pages = 1});
  ASSERT_TRUE(fault::set_plan("sql.before_checkpoint=error"));
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(insert("one")) << "a commit does not depend on the checkpoint behind it";
  ASSERT_TRUE(insert("two"));
  EXPECT_GE(fault::passages("sql.before_checkpoint"), 2U);
}

TEST_F(SqliteTest, APartialCompactionIsAnError) {
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(insert("secret"));
  ASSERT_TRUE(fault::set_plan("sql.compact_before_checkpoint=error"));
  EXPECT_FALSE(run_blocking(database_->compact())) << "deleted bytes are still in the log";
  ASSERT_TRUE(fault::set_plan(""));
  EXPECT_TRUE(run_blocking(database_->compact()));
}

TEST_F(SqliteTest, ACopyIsDurableWhenItReturns) {
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(insert("kept"));
  ASSERT_TRUE(fault::set_plan("sql.copy_before_sync=error"));
  EXPECT_FALSE(run_blocking(database_->copy_to((folder_ / "first.db").string())));
  ASSERT_TRUE(fault::set_plan(""));
  ASSERT_TRUE(run_blocking(database_->copy_to((folder_ / "second.db").string())));
  const auto copy = sqlite::open_database(folder_ / "second.db", pool_);
  ASSERT_TRUE(copy);
  EXPECT_TRUE(run_blocking((*copy)->check()).value().empty());
}

TEST_F(SqliteTest, CompactLeavesNoDeletedBytes) {
  ASSERT_TRUE(migrate({kFirst}));
  ASSERT_TRUE(insert("planted-marker-0451"));
  ASSERT_TRUE(run_blocking(sql::write<void>(*database_, [](Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("DELETE FROM notes"));
    return {};
  })));
  ASSERT_TRUE(run_blocking(database_->compact()));
  for (const auto& entry : fs::directory_iterator(folder_)) {
    const std::string bytes = disk_files().read(entry.path()).value();
    EXPECT_EQ(bytes.find("planted-marker-0451"), std::string::npos) << entry.path();
  }
}

}  // namespace
}  // namespace tg
