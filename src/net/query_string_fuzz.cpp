// For any input, a query string is rejected or its pairs are valid text.
#include <cstdlib>

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "net/http.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto pairs = tg::net::parse_query({reinterpret_cast<const char*>(data), size});
  if (!pairs) return 0;
  std::string written;
  for (const auto& [name, value] : *pairs) {
    if (!tg::text::is_valid_utf8(name) || !tg::text::is_valid_utf8(value)) std::abort();
    if (!written.empty()) written += '&';
    written += tg::percent_encode(name) + "=" + tg::percent_encode(value);
  }
  const auto again = tg::net::parse_query(written);
  if (!again || *again != *pairs) std::abort();
  return 0;
}
