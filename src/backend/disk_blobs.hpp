// The blob port on a folder: one file per blob, which holds its bytes followed by a footer (size,
// checksum, magic number; base/block_hash.hpp). A file is written under a temporary name that
// begins with '.', synced, and renamed. Thread-safe; blocking work runs on the compute pool.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/compute_pool.hpp"
#include "runtime/files.hpp"
#include "store/blob.hpp"

namespace tg::backend {

// Creates the folder and removes temporary files left by a crash. `pool` and `files` must
// outlive the store.
Result<std::unique_ptr<store::Blobs>> open_disk_blobs(std::filesystem::path folder,
                                                      ComputePool& pool,
                                                      Files& files = disk_files());

}  // namespace tg::backend
