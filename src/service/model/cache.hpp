// Deletes old files of the cache. Only regular files below the folder: symbolic links are neither
// followed nor deleted. Blocking. Thread-safe.
#pragma once

#include <filesystem>

#include "api/model.hpp"

namespace tg::model {

// Deletes files last modified before `before` and folders that are then empty, but not `folder`
// itself.
Result<api::CleanupReply> clean_cache(const std::filesystem::path& folder, UnixMillis before);

}  // namespace tg::model
