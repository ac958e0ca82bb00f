// Whatever is read as a link names a channel in one of the two ways, and its public form is read
// again as the same.
#include <cstdlib>

#include "service/telegram/link.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace tg::telegram;
  const auto link = parse_link({reinterpret_cast<const char*>(data), size});
  if (!link) return 0;
  if (link->name.empty() != link->is_private()) std::abort();
  if (link->is_private()) return 0;
  const auto again = parse_link("https://t.me/" + link->name);
  if (!again || again->name != link->name) std::abort();
  return 0;
}
