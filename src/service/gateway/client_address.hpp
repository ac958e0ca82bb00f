// Who is at the other end, when proxies stand between. Immutable: any thread.
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

  // The peer itself, unless it is a trusted proxy: then the last address of X-Forwarded-For that is
  // none. What stands left of it anybody may have written.
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
