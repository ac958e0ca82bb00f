// The tables of the embedding service.
#pragma once

#include <array>

#include "store/sql.hpp"

namespace tg::embedding {

inline constexpr std::array kMigrations{sql::Migration{1, "embeddings", R"sql(
CREATE TABLE embeddings (
  chunk_id TEXT NOT NULL,
  access TEXT NOT NULL,
  vector_id TEXT NOT NULL,
  model_name TEXT NOT NULL,
  vector BLOB NOT NULL,
  created_ms INTEGER NOT NULL,
  PRIMARY KEY (chunk_id, access)
);
)sql"}};

}  // namespace tg::embedding
