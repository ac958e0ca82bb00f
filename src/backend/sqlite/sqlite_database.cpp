#include "backend/sqlite/sqlite_database.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <fmt/core.h>

#include "backend/sqlite/sqlite_connection.hpp"
#include "base/encoding.hpp"
#include "runtime/await_callback.hpp"
#include "runtime/copy_file.hpp"
#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"

namespace tg::sqlite {
namespace {

using sql::Migration;

constexpr std::size_t kQueueLimit = 4096;
constexpr std::size_t kGroupLimit = 256;
constexpr std::size_t kReaders = 8;

struct Write {
  sql::Database::Function function;
  std::function<void(Result<void>)> done;
  bool alone = false;  // outside of a transaction (VACUUM, migrations)
};

class SqliteDatabase final : public sql::Database {
 public:
  SqliteDatabase(std::string file, ComputePool& pool, DatabaseOptions options,
                 std::unique_ptr<SqliteConnection> writer)
      : file_(std::move(file)),
        pool_(pool),
        options_(std::move(options)),
        writer_(std::move(writer)) {
    thread_ = std::thread([this] { write_loop(); });
    metrics_ = metrics::process_registry().collect([this](metrics::Exposition& out) {
      out.gauge("telegnosis_database_writes_queued", "queued writes of a database",
                {{"database", std::filesystem::path(file_).stem().string()}},
                static_cast<double>(queued()));
    });
  }

  ~SqliteDatabase() override {
    metrics_.reset();
    stop();
    if (thread_.joinable()) thread_.join();
  }

  Task<Result<void>> do_write(Function function) override {
    return enqueue(std::move(function), false);
  }

  Task<Result<void>> do_read(Function function) override {
    co_return co_await pool_.run([this, f = std::move(function)]() -> Result<void> {
      TG_TRY(auto connection, take_reader());
      TG_TRY_VOID(connection->execute("BEGIN"));
      auto result = f(*connection);
      TG_TRY_VOID(connection->execute("COMMIT"));
      give_back(std::move(connection));
      return result;
    });
  }

  Task<Result<void>> migrate(std::span<const Migration> migrations) override {
    return enqueue([this, migrations](sql::Connection&) { return migrate_now(migrations); }, true);
  }

  Task<Result<std::vector<std::string>>> check() override {
    return sql::read<std::vector<std::string>>(
        *this, [](sql::Connection& connection) -> Result<std::vector<std::string>> {
          std::vector<std::string> problems;
          TG_TRY(const auto integrity, connection.run("PRAGMA integrity_check"));
          for (const sql::Row& row : integrity) {
            if (row.text(0) != "ok") problems.push_back(row.text(0));
          }
          TG_TRY(const auto foreign, connection.run("PRAGMA foreign_key_check"));
          for (const sql::Row& row : foreign)
            problems.push_back(
                fmt::format("{}: row {} violates a foreign key", row.text(0), row.integer(1)));
          return problems;
        });
  }

  Task<Result<void>> compact() override {
    return enqueue(
        [this](sql::Connection&) -> Result<void> {
          {
            const std::scoped_lock lock(readers_mutex_);
            readers_.clear();  // idle readers are reopened after VACUUM
          }
          TG_TRY_VOID(writer_->execute("VACUUM"));
          TG_TRY_VOID(TG_FAULT_RESULT("sql.compact_before_checkpoint"));
          return checkpoint(true);
        },
        true);
  }

  Task<Result<void>> copy_to(std::string file) override {
    return enqueue(
        [this, file](sql::Connection&) -> Result<void> {
          TG_TRY(const auto rows, writer_->run("VACUUM INTO $1", {file}));
          TG_TRY_VOID(TG_FAULT_RESULT("sql.copy_before_sync"));
          return sync_file(file);  // VACUUM INTO does not sync
        },
        true);
  }

  Task<void> close() override {
    co_await enqueue([this](sql::Connection&) { return checkpoint(true); }, true);
    stop();
  }

 private:
  Task<Result<void>> enqueue(Function function, bool alone) {
    co_return co_await await_callback<Result<void>>(
        [this, alone, f = std::move(function)](auto done) mutable {
          {
            const std::scoped_lock lock(mutex_);
            if (!stopping_ && queue_.size() < kQueueLimit) {
              queue_.push_back({std::move(f), done, alone});
              wake_.notify_one();
              return;
            }
          }
          done(overloaded("database writes"));
        });
  }

  std::size_t queued() {
    const std::scoped_lock lock(mutex_);
    return queue_.size();
  }

  void stop() {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_one();
  }

  void write_loop() {
    while (true) {
      std::vector<Write> group;
      {
        std::unique_lock lock(mutex_);
        wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
        if (queue_.empty()) return;
        while (!queue_.empty() && group.size() < kGroupLimit) {
          if (queue_.front().alone && !group.empty()) break;
          group.push_back(std::move(queue_.front()));
          queue_.pop_front();
          if (group.back().alone) break;
        }
      }
      if (group.front().alone) {
        group.front().done(group.front().function(*writer_));
      } else {
        commit(group);
      }
      group.clear();
      if (writer_->log_pages() >= options_.checkpoint_pages) checkpoint_after_commit();
    }
  }

  Result<void> checkpoint(bool truncate) {
    TG_TRY_VOID(TG_FAULT_RESULT("sql.before_checkpoint"));
    return writer_->checkpoint(truncate);
  }

  // Runs after the callers were answered. On failure the log keeps its content, and the next commit
  // tries again.
  void checkpoint_after_commit() {
    if (const auto done = checkpoint(false); !done)
      log::warning("a checkpoint failed, the write-ahead log grows",
                   {{"database", file_}, {"detail", done.error().detail}});
  }

  // Runs each function in its own savepoint and commits all together; callers are answered after
  // the commit.
  void commit(std::vector<Write>& group) {
    std::vector<Result<void>> results(group.size());
    Result<void> whole = writer_->execute("BEGIN IMMEDIATE");
    for (std::size_t i = 0; i < group.size() && whole; ++i) {
      whole = writer_->execute("SAVEPOINT one");
      if (!whole) break;
      results[i] = group[i].function(*writer_);
      whole = writer_->execute(results[i] ? "RELEASE one" : "ROLLBACK TO one; RELEASE one");
      if (TG_SABOTAGED("ack_before_commit")) group[i].done(results[i]);
    }
    if (whole) whole = TG_FAULT_RESULT("sql.before_commit");
    if (whole) whole = writer_->execute("COMMIT");
    if (!whole && writer_->is_in_transaction()) static_cast<void>(writer_->execute("ROLLBACK"));
    TG_FAULT("sql.after_commit_before_answer");
    if (TG_SABOTAGED("ack_before_commit")) return;
    for (std::size_t i = 0; i < group.size(); ++i) group[i].done(whole ? results[i] : whole);
  }

  Result<void> migrate_now(std::span<const Migration> migrations) {
    TG_TRY_VOID(
        writer_->execute("CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY "
                         "KEY, name TEXT NOT NULL, checksum TEXT NOT NULL)"));
    TG_TRY(const auto done,
           writer_->run("SELECT version, name, checksum FROM schema_migrations ORDER BY version"));
    if (!done.empty() &&
        (migrations.empty() || done.back().integer(0) > migrations.back().version)) {
      return fail(
          Code::conflict, "schema.newer",
          fmt::format(
              "{} was written by a newer telegnosis (schema {}); use that version or a backup",
              file_, done.back().integer(0)));
    }
    for (std::size_t i = 0; i < migrations.size(); ++i) {
      const Migration& migration = migrations[i];
      const std::string checksum = sha256_hex(migration.script);
      if (i < done.size()) {
        if (done[i].text(2) == checksum) continue;
        return fail(Code::conflict, "schema.changed",
                    fmt::format("migration {} ({}) of {} is not the one that was applied",
                                migration.version, migration.name, file_));
      }
      TG_TRY_VOID(writer_->execute("BEGIN IMMEDIATE"));
      Result<void> applied = writer_->execute(std::string(migration.script));
      if (applied) applied = TG_FAULT_RESULT("sql.migration_before_commit");
      if (applied) {
        const auto noted = writer_->run("INSERT INTO schema_migrations VALUES ($1, $2, $3)",
                                        {migration.version, migration.name, checksum});
        if (!noted) applied = std::unexpected(noted.error());
      }
      if (applied) applied = writer_->execute("COMMIT");
      if (!applied) {
        static_cast<void>(writer_->execute("ROLLBACK"));
        return applied;
      }
    }
    return {};
  }

  Result<std::unique_ptr<SqliteConnection>> take_reader() {
    {
      const std::scoped_lock lock(readers_mutex_);
      if (!readers_.empty()) {
        auto connection = std::move(readers_.back());
        readers_.pop_back();
        return connection;
      }
    }
    return SqliteConnection::open(file_, SqliteConnection::Mode::read, options_.vfs);
  }

  void give_back(std::unique_ptr<SqliteConnection> connection) {
    const std::scoped_lock lock(readers_mutex_);
    if (readers_.size() < kReaders) readers_.push_back(std::move(connection));
  }

  const std::string file_;
  ComputePool& pool_;
  const DatabaseOptions options_;
  std::unique_ptr<SqliteConnection> writer_;  // used by the writer thread only
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Write> queue_;  // guarded by mutex_
  bool stopping_ = false;    // guarded by mutex_
  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<SqliteConnection>> readers_;  // idle ones; guarded by readers_mutex_
  std::thread thread_;
  metrics::Registry::Handle metrics_;
};

}  // namespace

Result<std::unique_ptr<sql::Database>> open_database(const std::filesystem::path& file,
                                                     ComputePool& pool,
                                                     const DatabaseOptions& options) {
  TG_TRY(auto writer,
         SqliteConnection::open(file.string(), SqliteConnection::Mode::write, options.vfs));
  return std::make_unique<SqliteDatabase>(file.string(), pool, options, std::move(writer));
}

}  // namespace tg::sqlite
