// A file of the command's machine as a stream of bytes, read while it is sent. For commands: the
// reading blocks the thread that the call runs on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "api/stream.hpp"

namespace tg::app {

// Of what was read so far, and of the whole.
using OnBytes = std::function<void(std::uint64_t read, std::uint64_t size)>;

Result<std::shared_ptr<api::ByteSource>> file_source(const std::filesystem::path& path,
                                                     OnBytes on_bytes = {});

}  // namespace tg::app
