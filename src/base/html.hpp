// A guard in front of the HTML parser: its time grows with the square of the nesting, so that a
// small hostile page could hold a thread for minutes. Any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace tg {

// Whether the elements of a page nest deeper than that: opened and not yet closed, elements that
// never hold others and those that close by themselves left out. An end tag closes the innermost
// element of its name and no other, so that stray ones hide nothing. One pass.
bool html_nests_deeper(std::string_view html, std::size_t limit);

// Real pages stay far below.
inline constexpr std::size_t kMaxHtmlNesting = 512;

}  // namespace tg
