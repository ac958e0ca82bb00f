// Port for SQL databases. Repositories are plain functions over `Connection`, written in the common
// subset of SQLite and PostgreSQL (ON CONFLICT, RETURNING, CTEs, window functions; parameters $1,
// $2, ...).
//
//   const std::string_view kCount =
//       "UPDATE posts SET views = views + 1 WHERE id = $1 RETURNING views";
//   Result<std::int64_t> views = co_await sql::write<std::int64_t>(
//       database, [id](sql::Connection& c) -> Result<std::int64_t> {
//         TG_TRY(auto rows, c.run(kCount, {id}));
//         return rows[0].integer(0);
//       });
//
// `write` functions run sequentially on the database's writer and are committed in groups (group
// commit); a write returns only after the durable commit. A function that returns an error is
// rolled back alone (savepoint). A function may run twice, so it must have no effects other than on
// its connection. `read` functions see the last commit and run concurrently on the compute pool.
// Database is thread-safe; a Connection may only be used by the function that received it.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::sql {

struct Null {
  bool operator==(const Null&) const = default;
};
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};

// The value of a parameter or cell. Booleans are 0 and 1; times are milliseconds since the epoch.
class Value {
 public:
  using Kind = std::variant<Null, std::int64_t, double, std::string, Blob>;

  Value() = default;
  Value(Null) {}
  Value(std::nullopt_t) {}
  Value(bool value) : kind_(std::int64_t{value}) {}
  Value(int value) : kind_(std::int64_t{value}) {}
  Value(std::int64_t value) : kind_(value) {}
  Value(std::uint64_t value) : kind_(static_cast<std::int64_t>(value)) {}
  Value(double value) : kind_(value) {}
  Value(const char* value) : kind_(std::string(value)) {}
  Value(std::string_view value) : kind_(std::string(value)) {}
  Value(std::string value) : kind_(std::move(value)) {}
  Value(Blob value) : kind_(std::move(value)) {}
  template <typename T>
  Value(const std::optional<T>& value) {
    if (value) *this = Value(*value);
  }

  const Kind& kind() const { return kind_; }
  bool operator==(const Value&) const = default;

 private:
  Kind kind_;
};

class Row {
 public:
  explicit Row(std::vector<Value> cells) : cells_(std::move(cells)) {}
  bool is_null(std::size_t column) const;
  // A cell of another type, or null, reads as 0, 0.0 or "".
  std::int64_t integer(std::size_t column) const;
  double real(std::size_t column) const;
  const std::string& text(std::size_t column) const;  // also the bytes of a blob
  std::optional<std::int64_t> optional_integer(std::size_t column) const;
  std::optional<std::string> optional_text(std::size_t column) const;
  std::size_t size() const { return cells_.size(); }

 private:
  std::vector<Value> cells_;
};
using Rows = std::vector<Row>;

class Connection {
 public:
  virtual ~Connection() = default;
  // One statement. Values are passed as parameters ($1, $2, ...), never as part of the text.
  // A violated constraint is Code::conflict ("constraint").
  virtual Result<Rows> run(std::string_view statement, std::vector<Value> parameters = {}) = 0;
  // Calls `on_row` for each row, for large results; it returns false to stop.
  virtual Result<void> each(std::string_view statement, std::vector<Value> parameters,
                            const std::function<bool(const Row&)>& on_row) = 0;
  // Number of rows changed by the last statement.
  virtual std::int64_t changes() const = 0;
};

struct Migration {
  int version;              // 1, 2, 3, ..
  std::string_view name;    // "posts"
  std::string_view script;  // statements separated by ';'
};

class Database {
 public:
  using Function = std::function<Result<void>(Connection&)>;

  virtual ~Database() = default;
  virtual Task<Result<void>> do_write(Function function) = 0;
  virtual Task<Result<void>> do_read(Function function) = 0;
  // Applies the missing migrations, each in one transaction. Code::conflict if an applied migration
  // has changed ("schema.changed") or the schema is newer than `migrations` ("schema.newer").
  virtual Task<Result<void>> migrate(std::span<const Migration> migrations) = 0;
  // Integrity check of the database; empty: no damage. For `fsck`.
  virtual Task<Result<std::vector<std::string>>> check() = 0;
  // Overwrites deleted content and shrinks the files. Code::unavailable ("database.busy") if
  // running reads prevent it. For `erase --now`.
  virtual Task<Result<void>> compact() = 0;
  // A consistent copy in `file`, made while the database is in use; durable when it returns. For
  // `backup`.
  virtual Task<Result<void>> copy_to(std::string file) = 0;
  // Completes the queued calls; later ones are Code::unavailable.
  virtual Task<void> close() = 0;
};

namespace detail {

// Passes the value that a function returns inside the database to its caller.
template <typename T>
Task<Result<T>> value_of(Database* database,
                         Task<Result<void>> (Database::*access)(Database::Function),
                         std::function<Result<T>(Connection&)> function) {
  std::optional<T> value;
  auto* const out = &value;
  TG_CO_TRY_VOID(
      co_await (database->*access)([out, f = std::move(function)](Connection& c) -> Result<void> {
        TG_TRY(auto made, f(c));
        out->emplace(std::move(made));
        return {};
      }));
  co_return std::move(*value);
}

}  // namespace detail

// The typed forms for repositories; T may be void.
template <typename T>
Task<Result<T>> write(Database& database, std::function<Result<T>(Connection&)> function) {
  return detail::value_of<T>(&database, &Database::do_write, std::move(function));
}
template <typename T>
Task<Result<T>> read(Database& database, std::function<Result<T>(Connection&)> function) {
  return detail::value_of<T>(&database, &Database::do_read, std::move(function));
}
template <>
inline Task<Result<void>> write<void>(Database& database,
                                      std::function<Result<void>(Connection&)> function) {
  return database.do_write(std::move(function));
}
template <>
inline Task<Result<void>> read<void>(Database& database,
                                     std::function<Result<void>(Connection&)> function) {
  return database.do_read(std::move(function));
}

}  // namespace tg::sql
