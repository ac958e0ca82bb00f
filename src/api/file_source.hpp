// A file as a ByteSource, read while it is sent. Not thread-safe: one coroutine at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "api/stream.hpp"
#include "runtime/compute_pool.hpp"

namespace tg::api {

// Progress: bytes read so far, and the size of the file.
using OnBytes = std::function<void(std::uint64_t read, std::uint64_t size)>;

// Reads on `pool`, which must outlive the source, or on the calling thread if it is null (for
// commands). Code::not_found naming the path if there is no such file.
Result<std::shared_ptr<ByteSource>> file_source(const std::filesystem::path& path,
                                                ComputePool* pool, OnBytes on_bytes = {});

}  // namespace tg::api
