// Documents into a segment file.
#pragma once

#include <filesystem>
#include <vector>

#include "base/index.hpp"
#include "engine/segment.hpp"

namespace tg::engine {

// Analyses and writes all chunks of the updates, a document's chunks side by side.
Result<void> build_segment(Files& files, const std::filesystem::path& path,
                           const std::vector<const index::DocumentUpdate*>& updates);

}  // namespace tg::engine
