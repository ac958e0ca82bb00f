// The index port on the embedded engine: calls go to the compute pool, changes to one thread at a
// time.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/compute_pool.hpp"
#include "store/vec.hpp"

namespace tg::backend {

Result<std::unique_ptr<store::SearchIndex>> open_embedded_index(const std::filesystem::path& folder,
                                                                ComputePool& pool);

}  // namespace tg::backend
