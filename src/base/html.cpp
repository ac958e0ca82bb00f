#include "base/html.hpp"

#include <algorithm>
#include <array>
#include <vector>

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

bool html_nests_deeper(std::string_view html, std::size_t limit) {
  std::vector<std::string_view> open;
  for (std::size_t at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
    const bool closes = at + 1 < html.size() && html[at + 1] == '/';
    const std::size_t start = at + (closes ? 2 : 1);
    if (start >= html.size() || !is_letter(html[start])) continue;
    std::size_t end = start;
    while (end < html.size() && html[end] != '>' && html[end] != '/' && html[end] > ' ') ++end;
    const std::string_view name = html.substr(start, end - start);
    if (!has_depth(name)) continue;
    if (!closes) {
      open.push_back(name);
      if (open.size() > limit) return true;
      continue;
    }
    const auto innermost = std::find_if(open.rbegin(), open.rend(), [name](std::string_view other) {
      return text::equals_ignoring_ascii_case(name, other);
    });
    if (innermost != open.rend()) open.erase(std::next(innermost).base());
  }
  return false;
}

}  // namespace tg
