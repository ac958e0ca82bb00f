// The contract's chunks and filters in the words of the index, and back.
#pragma once

#include "api/vector_types.hpp"
#include "base/indexed.hpp"

namespace tg::vector {

Result<index::Chunk> to_index(const api::IndexedChunk& chunk);
api::IndexedChunk from_index(const index::Chunk& chunk);
Result<index::Filter> to_index(const api::Filters& filters);

}  // namespace tg::vector
