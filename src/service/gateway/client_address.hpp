// Determines the client's address behind trusted proxies. Thread-safe after construction.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/address.hpp>

#include "base/error.hpp"
#include "net/http.hpp"

namespace tg::gateway {

class TrustedProxies {
 public:
  TrustedProxies() = default;
  // "10.0.0.1", "10.0.0.0/8", "fd00::/8"
  static Result<TrustedProxies> parse(const std::vector<std::string>& networks);

  // The peer, or, if the peer is a trusted proxy, the rightmost address of X-Forwarded-For that is
  // not one. Entries further left may be forged by the client.
  std::string client_of(const net::Request& request) const;

 private:
  struct Network {
    boost::asio::ip::address_v6 base;  // IPv4 as mapped addresses
    unsigned bits = 128;
  };
  bool trusts(const boost::asio::ip::address_v6& address) const;

  std::vector<Network> networks_;
};

}  // namespace tg::gateway
