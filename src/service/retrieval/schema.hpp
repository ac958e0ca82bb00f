// The tables of the retrieval service.
#pragma once

#include <array>

#include "store/sql.hpp"

namespace tg::retrieval {

inline constexpr std::array kMigrations{
    sql::Migration{1, "queries", R"sql(
CREATE TABLE queries (
  query_id TEXT PRIMARY KEY,
  user_id TEXT NOT NULL,
  query_text TEXT NOT NULL,
  query_type TEXT NOT NULL,
  results_count INTEGER NOT NULL,
  processing_time_ms REAL NOT NULL,
  reply TEXT NOT NULL,
  created_ms INTEGER NOT NULL
);
CREATE INDEX queries_by_user ON queries (user_id, created_ms);
)sql"},
    // The words of query_type are those of the API, and an old
    // answer's warnings quote words of posts.
    sql::Migration{2, "query types of the API, no warnings", R"sql(
UPDATE queries SET query_type = 'semantic' WHERE query_type = 'vector_search';
UPDATE queries SET reply = json_set(reply, '$.warnings', json('[]'));
)sql"}};

}  // namespace tg::retrieval
