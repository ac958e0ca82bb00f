// Several segments into one, without what is deleted and without analysing texts again.
#pragma once

#include <filesystem>
#include <vector>

#include "engine/index.hpp"

namespace tg::engine {

// Chunks keep their order within a part, parts their order. Gram counts are added up; what deleted
// chunks had brought to them goes when a segment is built anew from the database.
Result<void> merge_segments(Files& files, const std::filesystem::path& path,
                            const std::vector<LiveSegment>& parts);

}  // namespace tg::engine
