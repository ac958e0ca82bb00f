// Any bytes are parsed or refused; parsed pages keep the invariants.
#include <cstdlib>

#include "base/text.hpp"
#include "service/telegram/preview_page.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace tg;
  const auto page = telegram::parse_preview_page({reinterpret_cast<const char*>(data), size});
  if (!page) return 0;
  std::int64_t last = 0;
  for (const telegram::PagePost& post : page->posts) {
    if (post.message_id <= 0 || post.message_id < last) std::abort();
    if (!text::is_valid_utf8(post.text)) std::abort();
    last = post.message_id;
  }
  return 0;
}
