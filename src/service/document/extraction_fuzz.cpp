// An uploaded file of any kind: its text or a reason, never a crash; the text is valid UTF-8.
#include <array>
#include <cstdlib>

#include "base/text.hpp"
#include "service/document/chunker.hpp"
#include "service/document/extraction.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static constexpr std::array<std::string_view, 3> kNames{"a.txt", "a.html", "a.md"};
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto extracted = tg::document::extract(kNames[data[0] % kNames.size()], bytes);
  if (!extracted) return 0;
  if (!tg::text::is_valid_utf8(extracted->text) || !tg::text::is_valid_utf8(extracted->title))
    std::abort();
  std::int64_t at = 0;
  for (const tg::document::Heading& heading : extracted->headings) {
    if (heading.title.empty() || heading.start < at || heading.end < heading.start) std::abort();
    at = heading.end;
  }
  if (at > static_cast<std::int64_t>(tg::text::count_code_points(extracted->text))) std::abort();
  static_cast<void>(tg::document::cut_chunks(tg::kDocumentNamespace, extracted->text));
  return 0;
}
