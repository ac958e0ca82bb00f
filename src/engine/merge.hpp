// Merges segments into one without analysing texts again. Deleted chunks are left out.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/index.hpp"

namespace tg::engine {

// Chunks keep their order within a part, and parts keep theirs. Gram counts are summed: those of
// deleted chunks remain included until the index is rebuilt. Changed counts are written into the
// columns.
Result<void> merge_segments(Files& files, const std::filesystem::path& path,
                            const std::vector<LiveSegment>& parts, const ChangedCounts& counts);

}  // namespace tg::engine
