// The index behind a port: lexical and dense search alike, owned by the vector service. Embedded:
// the engine of src/engine. The words are those of base/indexed.hpp. Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/indexed.hpp"
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
  // Durable and searchable when answered; applying a batch again changes nothing.
  virtual Task<Result<void>> apply(index::Batch batch) = 0;
  virtual Task<Result<index::Hits>> search(index::Query query) = 0;
  virtual Task<Result<std::vector<index::Chunk>>> chunks_of(std::vector<Uuid> documents,
                                                            std::vector<std::string> visible) = 0;
  virtual Task<Result<std::vector<index::Chunk>>> chunks_of_post(
      std::int64_t channel_id, std::int64_t message_id, std::vector<std::string> visible) = 0;
  virtual Task<Result<std::vector<index::StoredId>>> ids(std::optional<Uuid> after,
                                                         std::size_t limit) = 0;
  virtual Task<Result<std::vector<std::string>>> check() = 0;
  virtual Task<Result<void>> erase() = 0;
  virtual Task<Result<void>> copy_to(std::string folder) = 0;
  virtual index::Statistics statistics() const = 0;
};

}  // namespace tg::store
