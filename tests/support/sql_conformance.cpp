#include "tests/support/sql_conformance.hpp"

#include <limits>
#include <optional>

namespace tg::testing {
namespace {

using sql::Connection;
using sql::Database;
using sql::Migration;
using sql::Row;
using sql::Rows;

constexpr const char* kSeen = "a write is seen by the next read";
constexpr const char* kRolledBack = "a write that answers with an error leaves nothing behind";
constexpr const char* kKinds = "values of every kind come back as they were bound";
constexpr const char* kConstraint = "a broken constraint is a conflict with the reason constraint";
constexpr const char* kReadOnly = "a read function cannot write";
constexpr const char* kMigrates = "migrations are applied once, in order";
constexpr const char* kChanged = "a migration that was changed after it was applied is refused";
constexpr const char* kNewer = "a schema of a newer program is refused";
constexpr const char* kHalf = "a migration that fails leaves nothing behind";
constexpr const char* kStops = "each stops when it is told to";
constexpr const char* kChanges = "changes counts the rows of the last statement";
constexpr const char* kDialect = "upserts, RETURNING, common table expressions and windows work";
constexpr const char* kCloses = "after close, writes are refused as unavailable";
constexpr const char* kCopies = "a copy opens with the same content";
constexpr const char* kCompacts = "after compact, deleted content is in no byte";
constexpr const char* kSound = "check finds nothing wrong with a sound database";
constexpr const char* kTogether = "writes that come at once are all there";

constexpr Migration kNotes{1, "notes",
                           "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT UNIQUE)"};
constexpr Migration kMarks{2, "marks", "ALTER TABLE notes ADD COLUMN mark INTEGER"};

Result<void> migrate(SqlHarness& harness, std::vector<Migration> migrations) {
  return run_blocking(harness.database().migrate(migrations));
}

Result<void> write(SqlHarness& harness, Database::Function function) {
  return run_blocking(harness.database().do_write(std::move(function)));
}

Result<Rows> query(SqlHarness& harness, std::string statement,
                   std::vector<sql::Value> parameters = {}) {
  return run_blocking(sql::read<Rows>(harness.database(),
                                      [=](Connection& c) { return c.run(statement, parameters); }));
}

Database::Function insert(std::string text) {
  return [text = std::move(text)](Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("INSERT INTO notes (text) VALUES ($1)", {text}));
    return {};
  };
}

std::int64_t notes(SqlHarness& harness, Findings& findings) {
  const Rows rows = findings.value(query(harness, "SELECT count(*) FROM notes"), "count");
  return rows.empty() ? -1 : rows[0].integer(0);
}

void seen(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  findings.done(write(harness, insert("one")), "write");
  findings.expect(notes(harness, findings) == 1, "the row is not there");
}

void rolled_back(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  const auto failed = write(harness, [](Connection& c) -> Result<void> {
    TG_TRY_VOID(c.run("INSERT INTO notes (text) VALUES ('half')"));
    return fail(Code::conflict, "business", "went wrong");
  });
  findings.expect(!failed && failed.error().reason == "business", "the error did not come through");
  findings.expect(notes(harness, findings) == 0, "a row stayed");
  findings.done(write(harness, insert("after")), "the next write");
}

void kinds(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {{1, "kinds",
                                   "CREATE TABLE kinds (i INTEGER, r REAL, t TEXT, b "
                                   "BLOB, n TEXT)"}}),
                "migrate");
  const std::string text = "Ёж's \"quoted\" $1; DROP TABLE kinds";
  const std::string bytes("\0\x01\xff\0", 4);
  const std::int64_t large = std::numeric_limits<std::int64_t>::min();
  findings.done(write(harness,
                      [=](Connection& c) -> Result<void> {
                        TG_TRY_VOID(c.run("INSERT INTO kinds VALUES ($1, $2, $3, $4, $5)",
                                          {large, 0.1, text, sql::Blob{bytes}, sql::Null()}));
                        return {};
                      }),
                "insert");
  const Rows rows = findings.value(query(harness, "SELECT i, r, t, b, n FROM kinds"), "select");
  if (rows.size() != 1) return findings.expect(false, "not one row");
  findings.expect(rows[0].integer(0) == large, "the integer");
  findings.expect(rows[0].real(1) == 0.1, "the real number");
  findings.expect(rows[0].text(2) == text, "the text");
  findings.expect(rows[0].text(3) == bytes, "the bytes");
  findings.expect(rows[0].is_null(4) && !rows[0].optional_text(4), "the null");
}

void constraint(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  findings.done(write(harness, insert("same")), "first");
  const auto second = write(harness, insert("same"));
  findings.expect(
      !second && second.error().code == Code::conflict && second.error().reason == "constraint",
      "the second was taken, or refused in other words");
}

void read_only(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  findings.expect(!query(harness, "INSERT INTO notes (text) VALUES ('x') RETURNING id"),
                  "a read function wrote");
  findings.expect(notes(harness, findings) == 0, "a row is there");
}

void migrates(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "first");
  findings.done(write(harness, insert("kept")), "write");
  findings.done(migrate(harness, {kNotes, kMarks}), "second");
  findings.done(migrate(harness, {kNotes, kMarks}), "again");
  const auto rows = findings.value(query(harness, "SELECT mark FROM notes"), "the new column");
  findings.expect(rows.size() == 1 && rows[0].is_null(0), "the old row is not there");
}

void changed(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  const auto other = migrate(harness, {{1, "notes", "CREATE TABLE notes (id INTEGER)"}});
  findings.expect(!other && other.error().reason == "schema.changed", "it was not refused");
}

void newer(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes, kMarks}), "migrate");
  const auto older = migrate(harness, {kNotes});
  findings.expect(!older && older.error().reason == "schema.newer", "it was not refused");
}

void half(SqlHarness& harness, Findings& findings) {
  const Migration broken{1, "broken",
                         "CREATE TABLE half (id INTEGER); CREATE TABLE half (id REAL)"};
  findings.expect(!migrate(harness, {broken}), "a broken migration was taken");
  findings.expect(!query(harness, "SELECT * FROM half"), "its first statement stayed");
  findings.done(migrate(harness, {kNotes}), "a good one afterwards");
}

void stops(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  for (const char* text : {"a", "b", "c"}) findings.done(write(harness, insert(text)), "insert");
  std::string seen_texts;
  findings.done(run_blocking(harness.database().do_read([&](Connection& c) {
                  return c.each("SELECT text FROM notes ORDER BY text", {}, [&](const Row& row) {
                    seen_texts += row.text(0);
                    return seen_texts.size() < 2;
                  });
                })),
                "each");
  findings.expect(seen_texts == "ab", "it went on, or ended early");
}

void changes(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  for (const char* text : {"a", "b", "c"}) findings.done(write(harness, insert(text)), "insert");
  std::int64_t count = -1;
  findings.done(write(harness,
                      [&](Connection& c) -> Result<void> {
                        TG_TRY_VOID(c.run("DELETE FROM notes WHERE text <> 'a'"));
                        count = c.changes();
                        return {};
                      }),
                "delete");
  findings.expect(count == 2, "it is not 2");
}

void dialect(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes, kMarks}), "migrate");
  std::vector<std::int64_t> marks;
  findings.done(write(harness,
                      [&](Connection& c) -> Result<void> {
                        for (int i = 0; i < 2; ++i) {
                          TG_TRY(const Rows rows,
                                 c.run("INSERT INTO notes (text, mark) VALUES ('a', $1) ON "
                                       "CONFLICT (text) DO UPDATE SET mark = notes.mark + 5 "
                                       "RETURNING mark",
                                       {i + 1}));
                          marks.push_back(rows[0].integer(0));
                        }
                        return {};
                      }),
                "upsert");
  findings.expect(marks == std::vector<std::int64_t>{1, 6}, "the upsert did not add");
  const auto rows = findings.value(
      query(harness,
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4) "
            "SELECT i, sum(i) OVER (ORDER BY i) FROM n ORDER BY i"),
      "window");
  findings.expect(rows.size() == 4 && rows[3].integer(1) == 10, "the running sum is not 10");
}

void closes(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  run_blocking(harness.database().close());
  const auto late = write(harness, insert("late"));
  findings.expect(!late && late.error().code == Code::unavailable, "a late write was taken");
}

Task<void> write_many(Database* database, int first, int* done) {
  for (int i = 0; i < 20; ++i) {
    const auto written = co_await database->do_write(insert(std::to_string(first + i)));
    if (written) ++*done;
  }
}

void together(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  asio::io_context loop(1);
  int done = 0;
  for (int c = 0; c < 8; ++c) {
    asio::co_spawn(loop, write_many(&harness.database(), c * 100, &done),
                   [](std::exception_ptr) {});
  }
  loop.run();
  findings.expect(done == 160, "not all were answered well");
  findings.expect(notes(harness, findings) == 160, "not all are there");
}

void copies(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  findings.done(write(harness, insert("one")), "write");
  const auto copy = harness.copy();
  findings.done(write(harness, insert("two")), "a write after the copy");
  if (!copy) return findings.expect(false, "no copy: " + copy.error().detail);
  const auto read = run_blocking(sql::read<Rows>(
      **copy, [](Connection& c) { return c.run("SELECT text FROM notes ORDER BY text"); }));
  const Rows rows = findings.value(read, "reading the copy");
  findings.expect(rows.size() == 1 && rows[0].text(0) == "one", "the copy holds something else");
  findings.expect(findings.value(run_blocking((*copy)->check()), "check").empty(),
                  "the copy is not sound");
}

void compacts(SqlHarness& harness, Findings& findings) {
  const std::string secret = "planted-marker-0451";
  findings.done(migrate(harness, {kNotes}), "migrate");
  findings.done(write(harness, insert(secret)), "write");
  findings.expect(harness.bytes().contains(secret), "the harness does not show what is kept");
  findings.done(write(harness,
                      [](Connection& c) -> Result<void> {
                        TG_TRY_VOID(c.run("DELETE FROM notes"));
                        return {};
                      }),
                "delete");
  findings.done(run_blocking(harness.database().compact()), "compact");
  findings.expect(!harness.bytes().contains(secret), "it is still there");
}

void sound(SqlHarness& harness, Findings& findings) {
  findings.done(migrate(harness, {kNotes}), "migrate");
  findings.done(write(harness, insert("one")), "write");
  for (const std::string& problem :
       findings.value(run_blocking(harness.database().check()), "check"))
    findings.expect(false, "a false alarm: " + problem);
}

class BrokenConnection final : public Connection {
 public:
  BrokenConnection(Connection& good, const std::string& rule) : good_(good), rule_(rule) {}
  Result<Rows> run(std::string_view statement, std::vector<sql::Value> parameters) override {
    if (rule_ == kKinds) {
      for (sql::Value& value : parameters) {
        if (std::holds_alternative<sql::Null>(value.kind())) value = sql::Value("");
      }
    }
    auto rows = good_.run(statement, std::move(parameters));
    if (rule_ == kConstraint && !rows) rows.error().code = Code::internal;
    if (rule_ == kDialect && rows && rows->size() == 1) rows->front() = Row({});
    return rows;
  }
  Result<void> each(std::string_view statement, std::vector<sql::Value> parameters,
                    const std::function<bool(const Row&)>& on_row) override {
    return good_.each(statement, std::move(parameters), [&](const Row& row) {
      const bool more = on_row(row);
      return more || rule_ == kStops;
    });
  }
  std::int64_t changes() const override { return rule_ == kChanges ? 0 : good_.changes(); }

 private:
  Connection& good_;
  const std::string& rule_;
};

class BrokenDatabase final : public Database {
 public:
  BrokenDatabase(std::unique_ptr<Database> good, std::string rule)
      : good_(std::move(good)), rule_(std::move(rule)) {}

  Task<Result<void>> do_write(Function function) override {
    if (breaks(kTogether) && ++writes_ % 7 == 0) co_return Result<void>();
    std::optional<Error> swallowed;
    auto done = co_await good_->do_write([&, this](Connection& c) -> Result<void> {
      BrokenConnection broken(c, rule_);
      if (breaks(kCompacts)) TG_TRY_VOID(c.run("PRAGMA secure_delete = OFF"));
      auto result = function(broken);
      if (breaks(kRolledBack) && !result) {
        swallowed = result.error();
        return {};
      }
      if (breaks(kSeen) && result) return internal("taken back");
      return result;
    });
    if (swallowed) co_return std::unexpected(*swallowed);
    if (breaks(kSeen)) co_return Result<void>();
    co_return done;
  }
  Task<Result<void>> do_read(Function function) override {
    const Function broken = [&, this](Connection& c) {
      BrokenConnection connection(c, rule_);
      return function(connection);
    };
    if (breaks(kReadOnly)) co_return co_await good_->do_write(broken);
    co_return co_await good_->do_read(broken);
  }
  Task<Result<void>> migrate(std::span<const Migration> migrations) override {
    if (breaks(kHalf)) {
      const std::string script(migrations[0].script);
      static_cast<void>(co_await good_->do_write([&](Connection& c) -> Result<void> {
        TG_TRY_VOID(c.run(script.substr(0, script.find(';'))));
        return {};
      }));
    }
    if (breaks(kMigrates)) migrations = migrations.first(1);
    auto done = co_await good_->migrate(migrations);
    const bool forgiven =
        !done && ((breaks(kChanged) && done.error().reason == "schema.changed") ||
                  (breaks(kNewer) && done.error().reason == "schema.newer") || breaks(kMigrates));
    co_return forgiven ? Result<void>() : done;
  }
  Task<Result<std::vector<std::string>>> check() override {
    if (breaks(kSound)) co_return std::vector<std::string>{"it looks odd"};
    co_return co_await good_->check();
  }
  Task<Result<void>> compact() override {
    if (breaks(kCompacts)) co_return Result<void>();
    co_return co_await good_->compact();
  }
  Task<Result<void>> copy_to(std::string file) override {
    if (breaks(kCopies)) co_return Result<void>();
    co_return co_await good_->copy_to(std::move(file));
  }
  Task<void> close() override {
    if (breaks(kCloses)) co_return;
    co_await good_->close();
  }

 private:
  bool breaks(const char* rule) const { return rule_ == rule; }

  std::unique_ptr<Database> good_;
  const std::string rule_;
  int writes_ = 0;
};

}  // namespace

std::vector<Rule<SqlHarness>> sql_rules() {
  return {{kSeen, seen},          {kRolledBack, rolled_back},
          {kKinds, kinds},        {kConstraint, constraint},
          {kReadOnly, read_only}, {kMigrates, migrates},
          {kChanged, changed},    {kNewer, newer},
          {kHalf, half},          {kStops, stops},
          {kChanges, changes},    {kDialect, dialect},
          {kCloses, closes},      {kTogether, together},
          {kCopies, copies},      {kCompacts, compacts},
          {kSound, sound}};
}

std::unique_ptr<Database> make_broken_database(std::unique_ptr<Database> good, std::string rule) {
  return std::make_unique<BrokenDatabase>(std::move(good), std::move(rule));
}

}  // namespace tg::testing
