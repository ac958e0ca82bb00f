// Names to addresses by the system's resolver, which cannot be interrupted: when the time is over
// its answer is no longer waited for.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::net {

// An address written as one is answered at once.
Task<Result<std::vector<asio::ip::address>>> resolve(std::string host, SteadyTime deadline);

}  // namespace tg::net
