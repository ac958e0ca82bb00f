// Strict parsing of URLs from users, and the address check that keeps requests to them away from
// this machine and its network (server-side request forgery). Thread-safe.
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
  std::string target = "/";  // path and query, undecoded

  std::string host_and_port() const;  // as in Host: without a default port
  std::string origin() const;         // scheme://host:port
};

// http or https; no user information, no fragment, no spaces; IPv4 addresses only in dotted decimal
// (forms such as 127.1 and 0x7f000001 can disguise one). Error: validation ("url").
Result<Url> parse_url(std::string_view text);
// Resolves a Location against `base` and drops its fragment.
Result<Url> resolve_url(const Url& base, std::string_view reference);

// True for addresses on the public internet: not loopback, private, shared (CGNAT), link-local,
// unique-local, multicast, reserved or documentation, nor one of these embedded in an IPv4-mapped,
// NAT64 (64:ff9b::/96) or 6to4 address.
bool is_public(const boost::asio::ip::address& address);

}  // namespace tg::net
