// An uploaded file of any kind: its text or a reason, never a crash; the text is valid UTF-8. And
// what the nesting guard lets pass gives Gumbo a shallow tree.
#include <algorithm>
#include <array>
#include <cstdlib>

#include <gumbo.h>

#include "base/html.hpp"
#include "base/text.hpp"
#include "service/document/chunker.hpp"
#include "service/document/extraction.hpp"

namespace {

constexpr std::size_t kNesting = 8;
// Elements that the parser adds by itself (tbody, clones of formatting elements) nest, too.
constexpr std::size_t kAllowedDepth = 6 * kNesting + 8;

std::size_t depth_of(const GumboNode* node) {
  if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_TEMPLATE) return 0;
  std::size_t depth = 0;
  const GumboVector& children = node->v.element.children;
  for (unsigned i = 0; i < children.length; ++i)
    depth = std::max(depth, depth_of(static_cast<const GumboNode*>(children.data[i])));
  return depth + 1;
}

void check_nesting_guard(std::string_view html) {
  if (tg::html_nests_deeper(html, kNesting)) return;
  GumboOutput* parsed = gumbo_parse_with_options(&kGumboDefaultOptions, html.data(), html.size());
  if (depth_of(parsed->root) > kAllowedDepth) std::abort();
  gumbo_destroy_output(&kGumboDefaultOptions, parsed);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  static constexpr std::array<std::string_view, 3> kNames{"a.txt", "a.html", "a.md"};
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % kNames.size() == 1) check_nesting_guard(bytes);
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
