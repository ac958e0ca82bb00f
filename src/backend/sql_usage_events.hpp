// The port for usage events on an SQL table: the embedded twin of ClickHouse.
#pragma once

#include <memory>

#include "store/olap.hpp"
#include "store/sql.hpp"

namespace tg::backend {

// Its only migration; the database holds nothing else.
std::span<const sql::Migration> usage_events_migrations();

// `database` is migrated and must outlive the store.
std::unique_ptr<store::UsageEvents> make_sql_usage_events(sql::Database& database);

}  // namespace tg::backend
