// Copies of all data and the way back: each service copies its own part consistently; a manifest
// with the size and hash of every file is written last, so that a copy without one is known to be
// unfinished. What was restored is checked as `telegnosis fsck` does.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "api/telegram_types.hpp"
#include "app/services.hpp"
#include "base/error.hpp"

namespace tg::app {

struct Checked {
  std::vector<std::pair<std::string, api::FsckReport>> reports;  // by service
  std::vector<std::pair<std::string, std::string>> not_asked;    // service, and why
};

// Asks every service that keeps data. Those that run elsewhere are not asked; it is an error when
// that leaves none.
Result<Checked> check_all(Services& services);
// The same services. `folder` must be empty or absent.
Result<void> back_up(Services& services, const std::filesystem::path& folder);
// `data` must hold nothing yet, or what a restore that was killed has left. Code::conflict when it
// holds data; Code::validation when the backup is unfinished or damaged.
Result<Checked> restore(const std::filesystem::path& folder, const std::filesystem::path& data);

}  // namespace tg::app
