#include "base/html.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tg {
namespace {

TEST(HtmlNesting, CountsWhatIsOpen) {
  EXPECT_EQ(html_nesting("plain text, 1 < 2 and </b>"), 0U);
  EXPECT_EQ(html_nesting("<html><body><DIV>a</DIV><div><b>c</b></div></body></html>"), 4U);
}

TEST(HtmlNesting, UnclosedParagraphsAndVoidElementsAreFlat) {
  std::string html = "<body>";
  for (int i = 0; i < 2000; ++i) html += "<p>one<br><img src=x><li>two<td>three";
  EXPECT_EQ(html_nesting(html), 1U);
}

TEST(HtmlNesting, AHostilePageIsSeen) {
  std::string html;
  for (int i = 0; i < 20000; ++i) html += i % 2 == 0 ? "<div class=a>" : "<b\n>";
  EXPECT_EQ(html_nesting(html), 20000U);
}

}  // namespace
}  // namespace tg
