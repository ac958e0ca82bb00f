// One connection to a SQLite file: prepared statements, parameters, rows, errors. One thread at a
// time.
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
  static Result<std::unique_ptr<SqliteConnection>> open(const std::string& file, Mode mode);
  ~SqliteConnection() override;

  Result<sql::Rows> run(std::string_view statement,
                        std::vector<sql::Value> parameters = {}) override;
  Result<void> each(std::string_view statement, std::vector<sql::Value> parameters,
                    const std::function<bool(const sql::Row&)>& on_row) override;
  std::int64_t changes() const override;
  // Several statements without parameters or rows (migrations, pragmas).
  Result<void> execute(const std::string& script);
  sqlite3* handle() const { return handle_; }

 private:
  explicit SqliteConnection(sqlite3* handle) : handle_(handle) {}
  Result<sqlite3_stmt*> prepare(std::string_view statement);
  std::unexpected<Error> error(std::string_view statement) const;

  sqlite3* handle_;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

}  // namespace tg::sqlite
