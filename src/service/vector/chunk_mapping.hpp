// The contract's chunks and filters in the words of the index, and back.
#pragma once

#include "api/vector_types.hpp"
#include "base/index.hpp"

namespace tg::vector {

Result<index::Chunk> to_index(api::IndexedChunk chunk);
api::IndexedChunk from_index(const index::Chunk& chunk);
Result<index::Filter> to_index(const api::Filters& filters);
// 32-bit floats; a number that they cannot hold, and a vector of nothing but zeros (it has no
// direction), are refused with `field` named.
Result<std::vector<float>> to_floats(const std::vector<double>& numbers, const std::string& field);

}  // namespace tg::vector
