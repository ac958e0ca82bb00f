// A file as a stream of bytes, read while it is sent.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "api/stream.hpp"
#include "runtime/compute_pool.hpp"

namespace tg::api {

// Of what was read so far, and of the whole.
using OnBytes = std::function<void(std::uint64_t read, std::uint64_t size)>;

// `pool` does the reading and outlives the source; null, for commands: the thread of the call.
// Code::not_found names the path.
Result<std::shared_ptr<ByteSource>> file_source(const std::filesystem::path& path,
                                                ComputePool* pool, OnBytes on_bytes = {});

}  // namespace tg::api
