// The blob port on a folder: one file a blob, the blob's bytes followed by a footer (size,
// checksum, magic; base/block_hash.hpp). Written under a temporary name that begins with '.',
// synced, renamed. Blocking work goes to the compute pool.
#pragma once

#include <filesystem>
#include <memory>

#include "runtime/compute_pool.hpp"
#include "runtime/files.hpp"
#include "store/blob.hpp"

namespace tg::backend {

// Makes the folder and removes what a crash has left under temporary names. `pool` and `files` must
// outlive the store.
Result<std::unique_ptr<store::Blobs>> open_disk_blobs(std::filesystem::path folder,
                                                      ComputePool& pool,
                                                      Files& files = disk_files());

}  // namespace tg::backend
