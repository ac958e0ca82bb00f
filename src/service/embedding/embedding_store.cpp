#include "service/embedding/embedding_store.hpp"

#include <cstring>

#include <fmt/core.h>

namespace tg::embedding {
namespace {

using sql::Connection;

// Vectors are stored as 32-bit floats.
std::vector<double> unpack(const std::string& bytes) {
  std::vector<double> numbers;
  numbers.reserve(bytes.size() / sizeof(float));
  for (std::size_t at = 0; at + sizeof(float) <= bytes.size(); at += sizeof(float)) {
    float value = 0;
    std::memcpy(&value, bytes.data() + at, sizeof(value));
    numbers.push_back(value);
  }
  return numbers;
}

}  // namespace

Result<api::Embedding> load_embedding(Connection& connection,
                                      const std::vector<std::string>& access_keys,
                                      const std::string& chunk_id) {
  if (access_keys.empty()) return not_found("embedding");
  std::vector<sql::Value> parameters{chunk_id};
  std::string places;
  for (const std::string& key : access_keys) {
    parameters.emplace_back(key);
    places += fmt::format("{}${}", places.empty() ? "" : ", ", parameters.size());
  }
  TG_TRY(const sql::Rows rows,
         connection.run(
             fmt::format("SELECT vector_id, model_name, vector, created_ms FROM embeddings WHERE "
                         "chunk_id = $1 AND access IN ({}) ORDER BY created_ms DESC LIMIT 1",
                         places),
             std::move(parameters)));
  if (rows.empty()) return not_found("embedding");
  api::Embedding embedding;
  embedding.vector_id = rows[0].text(0);
  embedding.chunk_id = chunk_id;
  embedding.model_name = rows[0].text(1);
  embedding.embedding = unpack(rows[0].text(2));
  embedding.dimension = static_cast<std::int64_t>(embedding.embedding.size());
  embedding.created_at = from_millis(rows[0].integer(3));
  return embedding;
}

Result<std::int64_t> count_embeddings(Connection& connection) {
  TG_TRY(const sql::Rows rows, connection.run("SELECT count(*) FROM embeddings"));
  return rows[0].integer(0);
}

}  // namespace tg::embedding
