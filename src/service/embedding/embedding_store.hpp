// Vectors that were made, by chunk and by whose they are: plain functions over a connection.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "api/model.hpp"
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

// The newest one that one of the keys may see; Code::not_found otherwise.
Result<api::Embedding> load_embedding(sql::Connection& connection,
                                      const std::vector<std::string>& access_keys,
                                      const std::string& chunk_id);
Result<std::int64_t> count_embeddings(sql::Connection& connection);

}  // namespace tg::embedding
