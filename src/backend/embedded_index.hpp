// The index port on the embedded engine: words in FOLDER/index, vectors in FOLDER/vectors. Calls go
// to the compute pool, changes one at a time.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/compute_pool.hpp"
#include "runtime/files.hpp"
#include "store/vec.hpp"

namespace tg::backend {

// A damaged part is moved aside and opened empty (backend/set_aside.hpp); see degraded(). `pool`,
// `clock` and `files` must outlive the index.
Result<std::unique_ptr<store::SearchIndex>> open_embedded_index(const std::filesystem::path& folder,
                                                                ComputePool& pool,
                                                                const Clock& clock,
                                                                Files& files = disk_files());

}  // namespace tg::backend
