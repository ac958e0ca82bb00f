// Converts chunks, ranges and filters between the contract and the index port.
#pragma once

#include "api/vector_types.hpp"
#include "base/index.hpp"

namespace tg::vector {

Result<index::Chunk> to_index(api::IndexedChunk chunk);
api::IndexedChunk from_index(const index::Chunk& chunk);
Result<index::ChunkRange> to_index(const api::ChunkRange& range);
Result<index::Filter> to_index(const api::Filters& filters);
// Converts to 32-bit floats. Numbers out of their range and vectors of zeros only, which have no
// direction, are Code::validation naming `field`.
Result<std::vector<float>> to_floats(const std::vector<double>& numbers, const std::string& field);

}  // namespace tg::vector
