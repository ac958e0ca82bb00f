// Addresses that somebody gave: parsed strictly, and the guard that keeps requests for them away
// from this machine and its network (server-side request forgery). Values: any thread.
#pragma once

#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "base/error.hpp"

namespace tg::net {

struct Url {
  std::string scheme;  // http or https
  std::string host;    // lower case; an IPv6 address without brackets
  std::uint16_t port = 0;
  std::string target = "/";  // path and query, as they came

  std::string host_and_port() const;  // as Host says it: without a default port
  std::string origin() const;         // scheme://host:port
};

// http or https; no user information, no fragment, no spaces; an IPv4 address only as four decimal
// numbers (127.1, 0x7f000001 and their like are ways to hide one).
Result<Url> parse_url(std::string_view text);
// Where a Location leads to from `base`; its fragment is dropped.
Result<Url> resolve_url(const Url& base, std::string_view reference);

// True for an address on the public internet: not loopback, private, shared (CGNAT), link-local,
// unique-local, multicast, reserved, documentation, nor one of these inside an IPv4-mapped, NAT64
// or 6to4 address.
bool is_public(const boost::asio::ip::address& address);

}  // namespace tg::net
