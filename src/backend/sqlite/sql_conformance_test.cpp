// The conformance suite over SQLite files and over a second, simpler implementation in memory.
#include "tests/support/sql_conformance.hpp"

#include <filesystem>
#include <mutex>

#include <gtest/gtest.h>

#include "backend/sqlite/sqlite_connection.hpp"
#include "backend/sqlite/sqlite_database.hpp"
#include "base/ids.hpp"
#include "runtime/files.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::sqlite {
namespace {

namespace fs = std::filesystem;
using sql::Connection;
using testing::SqlHarness;

// The second implementation. It shares only the SQL engine with the first; everything else that the
// port promises is implemented in the simplest way: one connection in memory, one lock, one
// transaction per call, without log, writer thread, group commit or readers. It is here because
// tests/support must not depend on a backend.
class MemoryDatabase final : public sql::Database {
 public:
  MemoryDatabase() : MemoryDatabase(":memory:") {}
  // A copy.
  explicit MemoryDatabase(const std::string& file)
      : connection_(SqliteConnection::open(file, SqliteConnection::Mode::write).value()) {}

  std::string bytes() {
    const std::scoped_lock lock(mutex_);
    sqlite3_int64 size = 0;
    unsigned char* const all = sqlite3_serialize(connection_->handle(), "main", &size, 0);
    std::string out(reinterpret_cast<const char*>(all), static_cast<std::size_t>(size));
    sqlite3_free(all);
    return out;
  }

  Task<Result<void>> do_write(Function function) override {
    const std::scoped_lock lock(mutex_);
    if (closed_) co_return unavailable("database");
    co_return transaction(function);
  }
  Task<Result<void>> do_read(Function function) override {
    const std::scoped_lock lock(mutex_);
    TG_CO_TRY_VOID(connection_->execute("PRAGMA query_only = 1"));
    auto done = function(*connection_);
    TG_CO_TRY_VOID(connection_->execute("PRAGMA query_only = 0"));
    co_return done;
  }
  Task<Result<void>> migrate(std::span<const sql::Migration> migrations) override {
    const std::scoped_lock lock(mutex_);
    if (applied_.size() > migrations.size())
      co_return fail(Code::conflict, "schema.newer", "the schema is newer");
    for (std::size_t i = 0; i < migrations.size(); ++i) {
      const std::string script(migrations[i].script);
      if (i < applied_.size()) {
        if (applied_[i] != script)
          co_return fail(Code::conflict, "schema.changed", "the migration is another one");
        continue;
      }
      TG_CO_TRY_VOID(transaction([&](Connection&) { return connection_->execute(script); }));
      applied_.push_back(script);
    }
    co_return Result<void>();
  }
  Task<Result<std::vector<std::string>>> check() override {
    const std::scoped_lock lock(mutex_);
    TG_CO_TRY(const sql::Rows rows, connection_->run("PRAGMA integrity_check"));
    std::vector<std::string> problems;
    for (const sql::Row& row : rows) {
      if (row.text(0) != "ok") problems.push_back(row.text(0));
    }
    co_return problems;
  }
  Task<Result<void>> compact() override {
    const std::scoped_lock lock(mutex_);
    co_return connection_->execute("VACUUM");
  }
  Task<Result<void>> copy_to(std::string file) override {
    const std::scoped_lock lock(mutex_);
    TG_CO_TRY_VOID(connection_->run("VACUUM INTO $1", {file}));
    co_return Result<void>();
  }
  Task<void> close() override {
    const std::scoped_lock lock(mutex_);
    closed_ = true;
    co_return;
  }

 private:
  Result<void> transaction(const Function& function) {
    TG_TRY_VOID(connection_->execute("BEGIN"));
    auto done = function(*connection_);
    TG_TRY_VOID(connection_->execute(done ? "COMMIT" : "ROLLBACK"));
    return done;
  }

  std::mutex mutex_;
  std::unique_ptr<SqliteConnection> connection_;
  std::vector<std::string> applied_;
  bool closed_ = false;
};

class FileHarness final : public SqlHarness {
 public:
  sql::Database& database() override { return *database_; }
  Result<std::unique_ptr<sql::Database>> copy() override {
    const fs::path file = database_.folder() / "copy.db";
    TG_TRY_VOID(run_blocking(database_->copy_to(file.string())));
    return open_database(file, pool_);
  }
  std::string bytes() override {
    std::string all;
    for (const auto& entry : fs::directory_iterator(database_.folder()))
      all += disk_files().read(entry.path()).value();
    return all;
  }

 private:
  ComputePool pool_{2, 64};
  testing::TemporaryDatabase database_{pool_};
};

// In memory; if a rule is given, behind a wrapper that breaks it.
class MemoryHarness final : public SqlHarness {
 public:
  explicit MemoryHarness(const std::string& broken_rule = {}) {
    auto memory = std::make_unique<MemoryDatabase>();
    memory_ = memory.get();
    database_ = std::move(memory);
    if (!broken_rule.empty())
      database_ = testing::make_broken_database(std::move(database_), broken_rule);
    fs::create_directories(folder_);
  }
  ~MemoryHarness() override { fs::remove_all(folder_); }
  sql::Database& database() override { return *database_; }
  Result<std::unique_ptr<sql::Database>> copy() override {
    const std::string file = (folder_ / "copy.db").string();
    TG_TRY_VOID(run_blocking(database_->copy_to(file)));
    return std::make_unique<MemoryDatabase>(file);
  }
  std::string bytes() override { return memory_->bytes(); }

 private:
  std::unique_ptr<sql::Database> database_;
  MemoryDatabase* memory_;  // inside of database_
  fs::path folder_ = fs::temp_directory_path() / ("tg_sql_" + random_hex(6));
};

TEST(SqlConformance, SqliteFile) {
  testing::expect_conforms<SqlHarness>(testing::sql_rules(),
                                       [] { return std::make_unique<FileHarness>(); });
}

TEST(SqlConformance, InMemory) {
  testing::expect_conforms<SqlHarness>(testing::sql_rules(),
                                       [] { return std::make_unique<MemoryHarness>(); });
}

TEST(SqlConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<SqlHarness>(testing::sql_rules(), [](const std::string& rule) {
    return std::make_unique<MemoryHarness>(rule);
  });
}

}  // namespace
}  // namespace tg::sqlite
