#include "base/html.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"

namespace tg {
namespace {

// Void elements, and those that the next one of their kind closes (HTML, 13.1.2).
constexpr auto kWithoutDepth = std::to_array<std::string_view>(
    {"area",  "base", "br",    "col",      "dd",     "dt", "embed", "hr", "img", "input",
     "li",    "link", "meta",  "optgroup", "option", "p",  "param", "rp", "rt",  "source",
     "tbody", "td",   "tfoot", "th",       "thead",  "tr", "track", "wbr"});

bool has_depth(std::string_view name) {
  return std::ranges::none_of(kWithoutDepth, [name](std::string_view known) {
    return text::equals_ignoring_ascii_case(known, name);
  });
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

}  // namespace

std::size_t html_nesting(std::string_view html) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const bool closes = at + 1 < html.size() && html[at + 1] == '/';
    const std::size_t start = at + (closes ? 2 : 1);
    if (start >= html.size() || !is_letter(html[start])) continue;
    std::size_t end = start;
    while (end < html.size() && html[end] != '>' && html[end] != '/' && html[end] > ' ') ++end;
    if (!has_depth(html.substr(start, end - start))) continue;
    if (closes)
      depth -= depth > 0 ? 1 : 0;
    else
      deepest = std::max(deepest, ++depth);
  }
  return deepest;
}

}  // namespace tg
