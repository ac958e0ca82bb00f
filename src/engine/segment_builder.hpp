// Builds a segment file from documents.
#pragma once

#include <filesystem>
#include <vector>

#include "base/index.hpp"
#include "engine/segment.hpp"

namespace tg::engine {

// Analyses and writes all chunks of the updates; the chunks of a document are contiguous. `updates`
// must name each document once.
Result<void> build_segment(Files& files, const std::filesystem::path& path,
                           const std::vector<const index::DocumentUpdate*>& updates);

}  // namespace tg::engine
