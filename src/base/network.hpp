// Groups client addresses for rate limits. Pure functions: thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace tg {

// The group that an address is counted in: an IPv4 address by itself (also when IPv4-mapped), an
// IPv6 address by its /64, which one customer usually has. Other text is a group of its own.
std::string address_group(std::string_view address);

}  // namespace tg
