// Repository of embeddings, keyed by chunk and access key. Functions over a connection.
#pragma once

#include <string>
#include <vector>

#include "api/model.hpp"
#include "store/sql.hpp"

namespace tg::embedding {

// The newest embedding that is visible with one of the keys; Code::not_found otherwise.
Result<api::Embedding> load_embedding(sql::Connection& connection,
                                      const std::vector<std::string>& access_keys,
                                      const std::string& chunk_id);
Result<std::int64_t> count_embeddings(sql::Connection& connection);

}  // namespace tg::embedding
