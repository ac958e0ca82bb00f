// The index port on the embedded engine: the text index in FOLDER/index, vectors in FOLDER/vectors.
// Thread-safe; calls run on the compute pool, changes one at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/compute_pool.hpp"
#include "runtime/files.hpp"
#include "store/vec.hpp"

namespace tg::backend {

// Replaces a damaged part by an empty one (backend/set_aside.hpp), which degraded() reports.
// `pool`, `clock` and `files` must outlive the index.
Result<std::unique_ptr<store::SearchIndex>> open_embedded_index(const std::filesystem::path& folder,
                                                                ComputePool& pool,
                                                                const Clock& clock,
                                                                Files& files = disk_files());

}  // namespace tg::backend
