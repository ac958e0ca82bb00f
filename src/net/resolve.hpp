// Name resolution by the system's resolver, which cannot be interrupted: after the deadline its
// result is ignored. Thread-safe. Errors: unavailable (unknown name), gateway_timeout.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/clock.hpp"
#include "base/error.hpp"
#include "runtime/task.hpp"

namespace tg::net {

// An IP literal is returned at once.
Task<Result<std::vector<asio::ip::address>>> resolve(std::string host, SteadyTime deadline);

}  // namespace tg::net
