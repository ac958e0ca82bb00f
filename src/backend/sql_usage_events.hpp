// The port for usage events on an SQL table: the embedded counterpart of ClickHouse. Thread-safe.
#pragma once

#include <memory>

#include "store/olap.hpp"
#include "store/sql.hpp"

namespace tg::backend {

// The migrations of its database, which contains nothing else.
std::span<const sql::Migration> usage_events_migrations();

// `database` must be migrated and must outlive the store.
std::unique_ptr<store::UsageEvents> make_sql_usage_events(sql::Database& database);

}  // namespace tg::backend
