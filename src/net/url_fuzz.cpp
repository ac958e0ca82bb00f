// A URL that is accepted survives a round trip, and contains nothing that could break a request
// head.
#include <cstdlib>

#include "net/path.hpp"
#include "net/url.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string path;
  if (tg::net::normalise_path("/" + std::string(text), path) &&
      (!path.starts_with('/') || path.find("/../") != std::string::npos))
    std::abort();
  const auto url = tg::net::parse_url(text);
  if (!url) return 0;
  for (const std::string& part : {url->host, url->target}) {
    if (part.empty() || part.find_first_of(std::string_view(" \r\n\t\0", 5)) != std::string::npos)
      std::abort();
  }
  const auto again = tg::net::parse_url(url->scheme + "://" + url->host_and_port() + url->target);
  if (!again || again->origin() != url->origin() || again->target != url->target) std::abort();
  static_cast<void>(tg::net::resolve_url(*url, text));
  return 0;
}
