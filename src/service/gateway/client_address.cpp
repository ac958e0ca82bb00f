#include "service/gateway/client_address.hpp"

#include <charconv>
#include <optional>

#include <boost/asio/ip/address_v4.hpp>

#include "base/text.hpp"

namespace tg::gateway {
namespace {

namespace ip = boost::asio::ip;

// As IPv6, with IPv4 mapped, so that all compare. Accepts "[::1]:80" and "192.0.2.1:80", which some
// proxies write.
std::optional<ip::address_v6> parse_address(std::string_view text) {
  text = text::trim(text);
  if (text.starts_with('[')) {
    text = text.substr(1, text.find(']') == std::string_view::npos ? 0 : text.find(']') - 1);
  } else if (text.find('.') != std::string_view::npos && text.find("::") == text.npos) {
    text = text.substr(0, text.find(':'));
  }
  boost::system::error_code error;
  const ip::address address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  if (address.is_v6()) return address.to_v6();
  return ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

std::string text_of(const ip::address_v6& address) {
  if (!address.is_v4_mapped()) return address.to_string();
  return ip::make_address_v4(ip::v4_mapped, address).to_string();
}

}  // namespace

Result<TrustedProxies> TrustedProxies::parse(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  for (const std::string& text : networks) {
    const std::size_t slash = text.find('/');
    const auto base = parse_address(std::string_view(text).substr(0, slash));
    if (!base) return invalid("TRUSTED_PROXIES", "must be addresses or networks, not " + text);
    const unsigned offset = base->is_v4_mapped() ? 96 : 0;
    unsigned bits = 128 - offset;
    if (slash != std::string::npos) {
      const char* const end = text.data() + text.size();
      const auto [at, error] = std::from_chars(text.data() + slash + 1, end, bits);
      if (error != std::errc() || at != end || bits > 128 - offset) {
        return invalid("TRUSTED_PROXIES", "must be addresses or networks, not " + text);
      }
    }
    proxies.networks_.push_back({*base, bits + offset});
  }
  return proxies;
}

bool TrustedProxies::trusts(const ip::address_v6& address) const {
  const auto bytes = address.to_bytes();
  for (const Network& network : networks_) {
    const auto base = network.base.to_bytes();
    unsigned equal = 0;
    while (equal < network.bits &&
           ((bytes[equal / 8] ^ base[equal / 8]) & (0x80U >> (equal % 8))) == 0) {
      ++equal;
    }
    if (equal == network.bits) return true;
  }
  return false;
}

std::string TrustedProxies::client_of(const net::Request& request) const {
  const auto peer = parse_address(request.peer);
  if (!peer || !trusts(*peer)) return request.peer;
  std::vector<std::string_view> hops;
  for (const auto& [name, value] : request.headers) {
    if (!text::equals_ignoring_ascii_case(name, "X-Forwarded-For")) continue;
    for (const std::string_view hop : text::split(value, ',')) hops.push_back(hop);
  }
  ip::address_v6 nearest = *peer;
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const auto address = parse_address(*hop);
    if (!address) break;
    nearest = *address;
    if (!trusts(nearest)) break;
  }
  return text_of(nearest);
}

}  // namespace tg::gateway
