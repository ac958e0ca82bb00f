// `telegnosis restore`: rebuilds a data folder from a backup and checks it as `telegnosis fsck`
// does. While it runs, a mark in the folder (kRestoreMark) keeps other commands from taking half a
// restore for data; a restore that was killed is started again from the beginning. Not thread-safe.
#pragma once

#include <filesystem>

#include "app/check_all.hpp"
#include "base/error.hpp"

namespace tg::app {

// `data` must hold no data, or only what an interrupted restore left: Code::conflict otherwise.
// Code::not_found if `folder` has no manifest; Code::validation if a file is damaged or the
// restored data is inconsistent. After an error `data` holds no data.
Result<Checked> restore(const std::filesystem::path& folder, const std::filesystem::path& data);

}  // namespace tg::app
