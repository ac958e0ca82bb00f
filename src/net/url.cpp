#include "net/url.hpp"

#include <algorithm>
#include <array>
#include <span>

#include <boost/url.hpp>
#include <fmt/core.h>

#include "base/text.hpp"
#include "net/head_syntax.hpp"

namespace tg::net {
namespace {

namespace ip = boost::asio::ip;

struct Block {
  std::uint32_t network;
  int bits;
};
// IANA's special-purpose registry, as of RFC 6890 and its updates.
constexpr std::array<Block, 16> kNotPublic{{{0x00000000, 8},
                                            {0x0A000000, 8},
                                            {0x64400000, 10},
                                            {0x7F000000, 8},
                                            {0xA9FE0000, 16},
                                            {0xAC100000, 12},
                                            {0xC0000000, 24},
                                            {0xC0000200, 24},
                                            {0xC0586300, 24},
                                            {0xC0A80000, 16},
                                            {0xC6120000, 15},
                                            {0xC6336400, 24},
                                            {0xCB007100, 24},
                                            {0xE0000000, 4},
                                            {0xF0000000, 4},
                                            {0xFFFFFFFF, 32}}};

bool is_public_v4(std::uint32_t address) {
  for (const Block& block : kNotPublic) {
    const std::uint32_t mask = ~std::uint32_t{0} << (32 - block.bits);
    if ((address & mask) == block.network) return false;
  }
  return true;
}

std::uint32_t v4_at(const ip::address_v6::bytes_type& bytes, std::size_t at) {
  return (std::uint32_t{bytes[at]} << 24) | (std::uint32_t{bytes[at + 1]} << 16) |
         (std::uint32_t{bytes[at + 2]} << 8) | bytes[at + 3];
}

// The last label decides (as in the WHATWG URL standard): 1.2.3.4 is accepted, look-alikes such as
// 0x7f.1, 017700000001 and 1.2.3.256 are rejected.
bool is_disguised_v4(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool is_number =
      is_digits(last) || (last.starts_with("0x") &&
                          last.find_first_not_of("0123456789abcdef", 2) == std::string_view::npos);
  boost::system::error_code error;
  ip::make_address_v4(std::string(host), error);
  return is_number && error;
}

std::uint16_t default_port(std::string_view scheme) {
  return scheme == "https" ? 443 : 80;
}

}  // namespace

bool is_public(const ip::address& address) {
  if (address.is_v4()) return is_public_v4(address.to_v4().to_uint());
  const auto bytes = address.to_v6().to_bytes();
  if (address.to_v6().is_v4_mapped()) return is_public_v4(v4_at(bytes, 12));
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_public_v4(v4_at(bytes, 2));  // 6to4
  constexpr std::array<unsigned char, 12> kNat64{0x00, 0x64, 0xFF, 0x9B};          // 64:ff9b::/96
  if (std::ranges::equal(std::span(bytes).first<12>(), kNat64))
    return is_public_v4(v4_at(bytes, 12));
  if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02) return false;  // Teredo, ORCHID
  if (bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] == 0x0D && bytes[3] == 0xB8)
    return false;                    // documentation
  return (bytes[0] & 0xE0) == 0x20;  // global unicast alone
}

std::string Url::host_and_port() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == default_port(scheme) ? name : fmt::format("{}:{}", name, port);
}

std::string Url::origin() const {
  return fmt::format("{}://{}|{}", scheme, host, port);
}

Result<Url> parse_url(std::string_view address) {
  const auto parsed = boost::urls::parse_uri(address);
  if (!parsed || address.size() > 8192) return invalid("url", "must be an http or https address");
  Url url;
  url.scheme = text::to_lower(std::string_view(parsed->scheme()));
  if (url.scheme != "http" && url.scheme != "https")
    return invalid("url", "must begin with http:// or https://");
  if (parsed->has_userinfo() || parsed->has_fragment())
    return invalid("url", "must not contain a user name or a fragment");
  if (parsed->host_type() == boost::urls::host_type::ipvfuture || parsed->encoded_host().empty() ||
      parsed->encoded_host().find('%') != std::string_view::npos)
    return invalid("url", "must contain a host");
  url.host = text::to_lower(parsed->host_address());
  const bool is_address = parsed->host_type() == boost::urls::host_type::ipv6;
  if (!is_address && (!is_host(url.host) || is_disguised_v4(url.host)))
    return invalid("url", "must contain a host name or an address in standard form");
  url.port = parsed->has_port() ? parsed->port_number() : default_port(url.scheme);
  if (parsed->has_port() && url.port == 0)
    return invalid("url", "must have a port from 1 to 65535");
  url.target = std::string(parsed->encoded_target());
  // Boost.URL parses "http://a:8x/" as port 8 and a path without its slash.
  if (!url.target.empty() && url.target.front() != '/' && url.target.front() != '?')
    return invalid("url", "must have a port that consists of digits");
  if (!url.target.starts_with('/')) url.target.insert(0, "/");
  return url;
}

Result<Url> resolve_url(const Url& base, std::string_view reference) {
  const auto parsed = boost::urls::parse_uri_reference(reference);
  const std::string base_text =
      fmt::format("{}://{}{}", base.scheme, base.host_and_port(), base.target);
  const auto from = boost::urls::parse_uri(base_text);
  if (!parsed || !from) return invalid("url", "must be a valid reference");
  boost::urls::url resolved;
  if (!boost::urls::resolve(*from, *parsed, resolved))
    return invalid("url", "must be a valid reference");
  resolved.remove_fragment();
  return parse_url(resolved.buffer());
}

}  // namespace tg::net
