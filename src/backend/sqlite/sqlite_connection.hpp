// A connection to a SQLite file: prepared statements, parameters, rows, errors. Not thread-safe:
// one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <sqlite3.h>

#include "store/sql.hpp"

namespace tg::sqlite {

class SqliteConnection final : public sql::Connection {
 public:
  enum class Mode { read, write };
  // `vfs`: the name of a registered sqlite3_vfs; empty: the default.
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& file, Mode mode,
                                                        const std::string& vfs = {});
  ~SqliteConnection() override;

  Result<sql::Rows> run(std::string_view statement,
                        std::vector<sql::Value> parameters = {}) override;
  Result<void> each(std::string_view statement, std::vector<sql::Value> parameters,
                    const std::function<bool(const sql::Row&)>& on_row) override;
  std::int64_t changes() const override;
  // Several statements without parameters or rows (migrations, pragmas).
  Result<void> execute(const std::string& script);
  // Copies the write-ahead log into the file. With `truncate`, copies all of it and empties the
  // log; Code::unavailable ("database.busy") if running readers prevent that.
  Result<void> checkpoint(bool truncate);
  // Pages in the write-ahead log after this connection's last commit.
  int log_pages() const { return log_pages_; }
  sqlite3* handle() const { return handle_; }
  bool is_in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

 private:
  SqliteConnection(sqlite3* handle, std::string file) : handle_(handle), file_(std::move(file)) {}
  Result<sqlite3_stmt*> prepare(std::string_view statement);
  std::unexpected<Error> error(std::string_view statement) const;

  sqlite3* handle_;
  const std::string file_;
  int log_pages_ = 0;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace tg::sqlite
