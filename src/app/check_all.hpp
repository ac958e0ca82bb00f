// `telegnosis fsck`: asks every service that keeps data to check it. Thread-safe.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "api/telegram_types.hpp"
#include "app/services.hpp"
#include "base/error.hpp"

namespace tg::app {

struct Checked {
  std::vector<std::pair<std::string, api::FsckReport>> reports;  // by service
  std::vector<std::pair<std::string, std::string>> not_asked;    // service, reason
};

// Services that cannot be reached from here, or that need others that cannot, are listed in
// `not_asked`. Code::unavailable if a service that should answer does not.
Result<Checked> check_reachable(const Services& services);
// The same; Code::unavailable if no service could be asked.
Result<Checked> check_all(const Services& services);

// True if a call failed because the service runs in another process that cannot be asked from here.
bool is_elsewhere(const Error& error);

}  // namespace tg::app
