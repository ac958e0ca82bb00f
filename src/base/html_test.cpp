#include "base/html.hpp"

#include <string>

#include <gtest/gtest.h>

namespace tg {
namespace {

TEST(HtmlNesting, CountsWhatIsOpen) {
  EXPECT_FALSE(html_nests_deeper("plain text, 1 < 2 and </b>", 0));
  const char* page = "<html><body><DIV>a</div><div><b>c</b></DIV></body></html>";
  EXPECT_TRUE(html_nests_deeper(page, 3));
  EXPECT_FALSE(html_nests_deeper(page, 4));
}

TEST(HtmlNesting, UnclosedParagraphsAndVoidElementsAreFlat) {
  std::string html = "<body>";
  for (int i = 0; i < 2000; ++i) html += "<p>one<br><img src=x><li>two<td>three";
  EXPECT_FALSE(html_nests_deeper(html, 1));
}

TEST(HtmlNesting, AHostilePageIsSeen) {
  std::string html;
  for (int i = 0; i < 20000; ++i) html += i % 2 == 0 ? "<div class=a>" : "<b\n>";
  EXPECT_TRUE(html_nests_deeper(html, 19999));
  EXPECT_FALSE(html_nests_deeper(html, 20000));
}

TEST(HtmlNesting, StrayEndTagsHideNothing) {
  std::string html;
  for (int i = 0; i < 1000; ++i) html += "<div></span></b>";
  EXPECT_TRUE(html_nests_deeper(html, kMaxHtmlNesting));
}

}  // namespace
}  // namespace tg
