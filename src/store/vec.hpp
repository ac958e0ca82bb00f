// Port for the search index, lexical and dense, owned by the vector service. Embedded
// implementation: src/engine. Its values are defined in base/index.hpp. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/index.hpp"
#include "runtime/degradation.hpp"
#include "runtime/task.hpp"

namespace tg::store {

struct IndexCapabilities {
  bool lexical = false;
  bool dense = false;
};

class SearchIndex {
 public:
  virtual ~SearchIndex() = default;
  virtual IndexCapabilities capabilities() const = 0;
  // Durable and searchable when it returns; idempotent. Removes the vectors of removed chunks, too.
  virtual Task<Result<void>> apply(index::Batch batch) = 0;
  virtual Task<Result<index::Hits>> search(index::Query query) = 0;
  // Each chunk once, ordered by document and ordinal.
  virtual Task<Result<std::vector<index::Chunk>>> chunks_of(std::vector<index::ChunkRange> ranges,
                                                            std::vector<std::string> visible) = 0;
  virtual Task<Result<std::vector<index::Chunk>>> chunks_of_post(
      std::int64_t channel_id, std::int64_t message_id, std::vector<std::string> visible) = 0;
  virtual Task<Result<std::vector<index::StoredId>>> ids(std::optional<Uuid> after,
                                                         std::size_t limit) = 0;
  // Stores vectors of existing, visible chunks, replacing earlier ones; durable and searchable when
  // it returns. If a chunk does not exist or is not visible: Code::not_found, and nothing is
  // stored. The first vector of a collection (chunks of documents, or of posts) sets its model and
  // dimension; a different one is Code::validation naming "vectors[i].model_name" or
  // "vectors[i].embedding".
  virtual Task<Result<void>> add_vectors(std::vector<index::ChunkVector> vectors,
                                         std::vector<std::string> visible) = 0;
  // The nearest chunks that pass the filter, best first. Code::validation naming "query_embedding"
  // if no collection has the query's dimension.
  virtual Task<Result<std::vector<index::VectorHit>>> search_vectors(index::VectorQuery query) = 0;
  // False if there is none, or it is not visible.
  virtual Task<Result<bool>> remove_vector(Uuid chunk_id, std::vector<std::string> visible) = 0;
  virtual std::vector<index::Collection> collections() const = 0;

  // What the index currently goes on without: damage that was found ("index", "vectors"), or a
  // rebuild under way. Empty: nothing.
  virtual std::vector<Degradation::Mode> degraded() const = 0;

  virtual Task<Result<std::vector<std::string>>> check() = 0;
  virtual Task<Result<void>> erase() = 0;
  virtual Task<Result<void>> copy_to(std::string folder) = 0;
  virtual index::Statistics statistics() const = 0;
};

}  // namespace tg::store
