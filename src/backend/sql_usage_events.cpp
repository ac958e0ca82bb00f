#include "backend/sql_usage_events.hpp"

#include <array>
#include <map>

namespace tg::backend {
namespace {

using sql::Connection;
using store::UsageEvent;
using store::UsageQuery;
using store::UsageSums;

constexpr std::array kMigrations{sql::Migration{1, "usage events", R"sql(
CREATE TABLE usage_events (
  id TEXT PRIMARY KEY,
  at_ms INTEGER NOT NULL,
  type TEXT NOT NULL,
  user_id TEXT NOT NULL,
  space TEXT NOT NULL,
  duration_ms REAL NOT NULL,
  items INTEGER NOT NULL
);
CREATE INDEX usage_events_by_time ON usage_events (at_ms);
CREATE INDEX usage_events_by_type ON usage_events (type, at_ms);
)sql"}};

std::string_view group_column(UsageQuery::Group group) {
  switch (group) {
    case UsageQuery::Group::none:
      return "''";
    case UsageQuery::Group::type:
      return "type";
    case UsageQuery::Group::user:
      return "user_id";
    case UsageQuery::Group::space:
      return "space";
  }
  return "''";
}

Result<std::vector<UsageSums>> sums_of(Connection& connection, const UsageQuery& query) {
  struct Part {
    std::vector<double> durations;
    std::int64_t items = 0;
  };
  std::map<std::pair<UnixMillis, std::string>, Part> parts;
  std::string statement = "SELECT at_ms, " + std::string(group_column(query.group)) +
                          ", duration_ms, items FROM usage_events WHERE at_ms >= $1 AND at_ms < $2";
  std::vector<sql::Value> parameters{to_millis(query.from), to_millis(query.until)};
  if (query.type) {
    statement += " AND type = $3";
    parameters.emplace_back(*query.type);
  }
  TG_TRY_VOID(connection.each(statement, std::move(parameters), [&](const sql::Row& row) {
    const UnixMillis at = from_millis(row.integer(0));
    Part& part = parts[{store::bucket_of(query, at), row.text(1)}];
    part.durations.push_back(row.real(2));
    part.items += row.integer(3);
    return true;
  }));
  std::vector<UsageSums> sums;
  for (auto& [key, part] : parts)
    sums.push_back(store::sum_up(key.first, key.second, part.durations, part.items));
  return sums;
}

class SqlUsageEvents final : public store::UsageEvents {
 public:
  explicit SqlUsageEvents(sql::Database& database) : database_(database) {}

  Task<Result<void>> append(std::vector<UsageEvent> batch) override {
    co_return co_await sql::write<void>(
        database_, [batch = std::move(batch)](Connection& c) -> Result<void> {
          for (const UsageEvent& event : batch) {
            TG_TRY_VOID(
                c.run("INSERT INTO usage_events (id, at_ms, type, user_id, space, "
                      "duration_ms, items) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT "
                      "(id) DO NOTHING",
                      {event.id, to_millis(event.at), event.type, event.user, event.space,
                       event.duration_ms, event.items}));
          }
          return {};
        });
  }

  Task<Result<std::vector<UsageSums>>> sums(UsageQuery query) override {
    co_return co_await sql::read<std::vector<UsageSums>>(
        database_, [query = std::move(query)](Connection& c) { return sums_of(c, query); });
  }

  Task<Result<std::int64_t>> forget_before(UnixMillis time) override {
    co_return co_await sql::write<std::int64_t>(
        database_, [time](Connection& c) -> Result<std::int64_t> {
          TG_TRY_VOID(c.run("DELETE FROM usage_events WHERE at_ms < $1", {to_millis(time)}));
          return c.changes();
        });
  }

  Task<Result<std::vector<std::string>>> check() override { return database_.check(); }

  Task<Result<void>> copy_to(std::string file) override {
    return database_.copy_to(std::move(file));
  }

 private:
  sql::Database& database_;
};

}  // namespace

std::span<const sql::Migration> usage_events_migrations() {
  return kMigrations;
}

std::unique_ptr<store::UsageEvents> make_sql_usage_events(sql::Database& database) {
  return std::make_unique<SqlUsageEvents>(database);
}

}  // namespace tg::backend
