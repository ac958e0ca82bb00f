// Deletes what has lain in the cache for long. Only regular files below the folder: links are
// neither followed nor touched. Blocking.
#pragma once

#include <filesystem>

#include "api/model.hpp"

namespace tg::model {

// Files last written before `before` go, and the folders that became empty; the folder itself
// stays.
Result<api::CleanupReply> clean_cache(const std::filesystem::path& folder, UnixMillis before);

}  // namespace tg::model
