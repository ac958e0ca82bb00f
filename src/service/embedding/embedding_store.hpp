// Vectors that were made, by chunk and by whose they are: plain functions over a connection.
#pragma once

#include <string>
#include <vector>

#include "api/model.hpp"
#include "store/sql.hpp"

namespace tg::embedding {

// The newest one that one of the keys may see; Code::not_found otherwise.
Result<api::Embedding> load_embedding(sql::Connection& connection,
                                      const std::vector<std::string>& access_keys,
                                      const std::string& chunk_id);
Result<std::int64_t> count_embeddings(sql::Connection& connection);

}  // namespace tg::embedding
