#include "backend/sqlite/sqlite_connection.hpp"

#include <filesystem>

#include <fmt/core.h>

namespace tg::sqlite {
namespace {

constexpr std::size_t kCachedStatements = 128;

// "retrieval/usage.db": identifies the file without revealing the server's paths.
std::string short_name(const std::string& file) {
  const std::filesystem::path path(file);
  return (path.parent_path().filename() / path.filename()).string();
}

// The value must outlive the execution of the statement: texts are not copied.
void bind(sqlite3_stmt* statement, int place, const sql::Value& value) {
  std::visit(
      [&](const auto& held) {
        using Held = std::remove_cvref_t<decltype(held)>;
        if constexpr (std::is_same_v<Held, sql::Null>) {
          sqlite3_bind_null(statement, place);
        } else if constexpr (std::is_same_v<Held, std::int64_t>) {
          sqlite3_bind_int64(statement, place, held);
        } else if constexpr (std::is_same_v<Held, double>) {
          sqlite3_bind_double(statement, place, held);
        } else if constexpr (std::is_same_v<Held, std::string>) {
          sqlite3_bind_text(statement, place, held.data(), static_cast<int>(held.size()),
                            SQLITE_STATIC);
        } else {
          sqlite3_bind_blob(statement, place, held.bytes.data(),
                            static_cast<int>(held.bytes.size()), SQLITE_STATIC);
        }
      },
      value.kind());
}

std::string bytes_of(const void* data, int size) {
  return data == nullptr
             ? std::string()
             : std::string(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

sql::Row read_row(sqlite3_stmt* statement) {
  std::vector<sql::Value> cells;
  const int columns = sqlite3_column_count(statement);
  cells.reserve(static_cast<std::size_t>(columns));
  for (int i = 0; i < columns; ++i) {
    switch (sqlite3_column_type(statement, i)) {
      case SQLITE_INTEGER:
        cells.emplace_back(std::int64_t{sqlite3_column_int64(statement, i)});
        break;
      case SQLITE_FLOAT:
        cells.emplace_back(sqlite3_column_double(statement, i));
        break;
      case SQLITE_TEXT:
        cells.emplace_back(
            bytes_of(sqlite3_column_text(statement, i), sqlite3_column_bytes(statement, i)));
        break;
      case SQLITE_BLOB:
        cells.emplace_back(sql::Blob{
            bytes_of(sqlite3_column_blob(statement, i), sqlite3_column_bytes(statement, i))});
        break;
      default:
        cells.emplace_back();
        break;
    }
  }
  return sql::Row(std::move(cells));
}

// Resets the statement for its next use at the end of the scope.
class Reset {
 public:
  explicit Reset(sqlite3_stmt* statement) : statement_(statement) {}
  ~Reset() {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
  Reset(const Reset&) = delete;
  Reset& operator=(const Reset&) = delete;

 private:
  sqlite3_stmt* statement_;
};

}  // namespace

Result<std::unique_ptr<SqliteConnection>> SqliteConnection::open(const std::string& file, Mode mode,
                                                                 const std::string& vfs) {
  sqlite3* handle = nullptr;
  // Readers are opened read-write, too, since WAL needs the shared-memory file; query_only makes
  // them read-only.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code =
      sqlite3_open_v2(file.c_str(), &handle, flags, vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(handle, file));
  if (code != SQLITE_OK) return connection->error("open");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, 10'000);
  TG_TRY_VOID(connection->execute(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA secure_delete=ON; PRAGMA "
      "foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF;"));
  // The writer's keys are hashes, which touch pages all over its trees: a larger cache saves reads
  // and repeated writes.
  TG_TRY_VOID(connection->execute(mode == Mode::read
                                      ? "PRAGMA cache_size=-4096; PRAGMA query_only=ON;"
                                      : "PRAGMA cache_size=-16384;"));
  // Replaces SQLite's automatic checkpoints, which delay commits.
  sqlite3_wal_hook(
      handle,
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<SqliteConnection*>(self)->log_pages_ = pages;
        return SQLITE_OK;
      },
      connection.get());
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [text, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(handle_);
}

std::unexpected<Error> SqliteConnection::error(std::string_view statement) const {
  const int code = sqlite3_extended_errcode(handle_);
  std::string detail = fmt::format("{}: {} ({}) in: {}", file_, sqlite3_errmsg(handle_), code,
                                   statement.substr(0, 200));
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
      return fail(Code::conflict, "constraint", "this exists already", std::move(detail));
    case SQLITE_FULL:
      return fail(Code::unavailable, "disk_full", "the disk is full", std::move(detail));
    case SQLITE_BUSY:
      return fail(Code::unavailable, "database.busy", "the database is busy", std::move(detail));
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return fail(Code::internal, "database.damaged",
                  fmt::format("the database file {} is damaged: restore it from a backup",
                              short_name(file_)),
                  std::move(detail));
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
    case SQLITE_READONLY:
      return fail(Code::internal, "database.inaccessible",
                  fmt::format("the database file {} cannot be opened or written: check the owner "
                              "and the permissions of the file and its folder",
                              short_name(file_)),
                  std::move(detail));
    default:
      return internal(std::move(detail));
  }
}

Result<sqlite3_stmt*> SqliteConnection::prepare(std::string_view statement) {
  if (const auto found = statements_.find(statement); found != statements_.end())
    return found->second;
  if (statements_.size() >= kCachedStatements) {
    for (const auto& [text, old] : statements_) sqlite3_finalize(old);
    statements_.clear();
  }
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v3(handle_, statement.data(), static_cast<int>(statement.size()),
                         SQLITE_PREPARE_PERSISTENT, &prepared, nullptr) != SQLITE_OK) {
    return error(statement);
  }
  statements_.emplace(std::string(statement), prepared);
  return prepared;
}

Result<void> SqliteConnection::each(std::string_view statement, std::vector<sql::Value> parameters,
                                    const std::function<bool(const sql::Row&)>& on_row) {
  TG_TRY(sqlite3_stmt* const prepared, prepare(statement));
  const Reset reset(prepared);  // releases the parameters
  if (sqlite3_bind_parameter_count(prepared) != static_cast<int>(parameters.size())) {
    return internal(fmt::format("wrong number of parameters in: {}", statement));
  }
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    // In SQLite "$2" is a name; its index depends on its first use in the text.
    const int place = sqlite3_bind_parameter_index(prepared, fmt::format("${}", i + 1).c_str());
    if (place == 0)
      return internal(fmt::format("parameter ${} is not used in: {}", i + 1, statement));
    bind(prepared, place, parameters[i]);
  }
  while (true) {
    const int code = sqlite3_step(prepared);
    if (code == SQLITE_DONE) return {};
    if (code != SQLITE_ROW) return error(statement);
    if (!on_row(read_row(prepared))) return {};
  }
}

Result<sql::Rows> SqliteConnection::run(std::string_view statement,
                                        std::vector<sql::Value> parameters) {
  sql::Rows rows;
  TG_TRY_VOID(each(statement, std::move(parameters), [&rows](const sql::Row& row) {
    rows.push_back(row);
    return true;
  }));
  return rows;
}

std::int64_t SqliteConnection::changes() const {
  return sqlite3_changes64(handle_);
}

Result<void> SqliteConnection::execute(const std::string& script) {
  if (sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return error(script);
  return {};
}

Result<void> SqliteConnection::checkpoint(bool truncate) {
  const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  if (sqlite3_wal_checkpoint_v2(handle_, nullptr, mode, nullptr, nullptr) != SQLITE_OK)
    return error("checkpoint");
  log_pages_ = 0;
  return {};
}

}  // namespace tg::sqlite
