// Addresses as keys of counters. Plain functions: any thread.
#pragma once

#include <string>
#include <string_view>

namespace tg {

// Whom an address stands for: an IPv4 address itself (also when written as IPv4-mapped IPv6), an
// IPv6 address its /64, since one customer has that many. What is no address is its own group.
std::string address_group(std::string_view address);

}  // namespace tg
