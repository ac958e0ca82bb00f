// A guard in front of the HTML parser: its time grows with the square of the nesting, so that a
// small hostile page could hold a thread for minutes. Any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace tg {

// About how deep the elements of a page nest: opened and not yet closed, elements that never hold
// others and those that close by themselves left out. One pass, no allocation.
std::size_t html_nesting(std::string_view html);

// Real pages stay far below.
inline constexpr std::size_t kMaxHtmlNesting = 512;

}  // namespace tg
