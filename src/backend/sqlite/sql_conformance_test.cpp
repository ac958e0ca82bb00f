// SQL on a SQLite file, and a second, simpler one in memory, held to the same rules.
#include "tests/support/sql_conformance.hpp"

#include <filesystem>
#include <mutex>

#include <gtest/gtest.h>

#include "backend/sqlite/sqlite_connection.hpp"
#include "backend/sqlite/sqlite_database.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"

namespace tg::sqlite {
namespace {

namespace fs = std::filesystem;
using sql::Connection;
using testing::SqlHarness;

// One connection, one lock, every call at once: none of the queues and pools of the real one.
class MemoryDatabase final : public sql::Database {
 public:
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
  Task<Result<std::vector<std::string>>> check() override { co_return std::vector<std::string>(); }
  Task<Result<void>> compact() override { co_return Result<void>(); }
  Task<Result<void>> copy_to(std::string) override { co_return internal("there is no file"); }
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
  std::unique_ptr<SqliteConnection> connection_ =
      SqliteConnection::open(":memory:", SqliteConnection::Mode::write).value();
  std::vector<std::string> applied_;
  bool closed_ = false;
};

class FileHarness final : public SqlHarness {
 public:
  FileHarness() {
    fs::create_directories(folder_);
    database_ = open_database(folder_ / "test.db", pool_).value();
  }
  ~FileHarness() override {
    database_.reset();
    fs::remove_all(folder_);
  }
  sql::Database& database() override { return *database_; }

 private:
  ComputePool pool_{2, 64};
  fs::path folder_ = fs::temp_directory_path() / ("tg_sql_" + random_hex(6));
  std::unique_ptr<sql::Database> database_;
};

class OwnedHarness final : public SqlHarness {
 public:
  explicit OwnedHarness(std::unique_ptr<sql::Database> database) : database_(std::move(database)) {}
  sql::Database& database() override { return *database_; }

 private:
  std::unique_ptr<sql::Database> database_;
};

TEST(SqlConformance, SqliteFile) {
  testing::expect_conforms<SqlHarness>(testing::sql_rules(),
                                       [] { return std::make_unique<FileHarness>(); });
}

TEST(SqlConformance, InMemory) {
  testing::expect_conforms<SqlHarness>(testing::sql_rules(), [] {
    return std::make_unique<OwnedHarness>(std::make_unique<MemoryDatabase>());
  });
}

TEST(SqlConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<SqlHarness>(testing::sql_rules(), [](const std::string& rule) {
    return std::make_unique<OwnedHarness>(
        testing::make_broken_database(std::make_unique<MemoryDatabase>(), rule));
  });
}

}  // namespace
}  // namespace tg::sqlite
