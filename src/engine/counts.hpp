// View and forward counts that changed after their documents were written to a segment.
#pragma once

#include <cstdint>
#include <vector>

#include <boost/describe.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include "base/index.hpp"

namespace tg::engine {

struct UuidHash {
  std::size_t operator()(const Uuid& id) const;
};

struct Counts {
  std::int64_t views = 0;
  std::int64_t forwards = 0;
};

// By document. Takes precedence over the columns in the segments; a merge writes the counts into
// the new segment, after which they are removed from here.
using ChangedCounts = boost::unordered_flat_map<Uuid, Counts, UuidHash>;

inline void apply_counts(const ChangedCounts& changed, index::Chunk& chunk) {
  if (changed.empty()) return;
  const auto found = changed.find(chunk.document_id);
  if (found == changed.end()) return;
  chunk.views = found->second.views;
  chunk.forwards = found->second.forwards;
}

}  // namespace tg::engine
