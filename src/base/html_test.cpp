#include "base/html.hpp"

#include <string>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace tg {
namespace {

std::string repeated(int times, std::string_view piece) {
  std::string html;
  for (int i = 0; i < times; ++i) html += piece;
  return html;
}

// Start tags as "<name>", end tags as "</name>", texts in brackets.
std::string tokens_of(std::string_view html) {
  std::string out;
  HtmlTokenizer tokens(html);
  while (const auto token = tokens.next()) {
    switch (token->kind) {
      case HtmlToken::Kind::text:
        out += fmt::format("[{}]", token->text);
        break;
      case HtmlToken::Kind::start_tag:
        out += fmt::format("<{}{}>", token->name, token->is_self_closing ? "/" : "");
        break;
      case HtmlToken::Kind::end_tag:
        out += fmt::format("</{}>", token->name);
        break;
    }
  }
  return out;
}

TEST(HtmlTokenizer, SplitsTagsAndText) {
  EXPECT_EQ(tokens_of("a <B class=x>b</B\n> 1 < 2 <br/>c"), "[a ]<b>[b]</b>[ 1 < 2 ]<br/>[c]");
  EXPECT_EQ(tokens_of("<!doctype html><?xml?></ x><p>"), "<p>");
}

TEST(HtmlTokenizer, CommentsAndQuotedValuesHideTags) {
  EXPECT_EQ(tokens_of("<!-- </div> -->a<!-->b<!--->c<!--x--!>d"), "[a][b][c][d]");
  EXPECT_EQ(tokens_of("<i title=\"</div>\" x='>'>a"), "<i>[a]");
  EXPECT_EQ(tokens_of("a<!-- no end <b>"), "[a]");
  EXPECT_EQ(tokens_of("a<b title=\"no end>"), "[a]");
}

TEST(HtmlTokenizer, TheContentOfTextElementsIsText) {
  EXPECT_EQ(tokens_of("<script>if (a<b) '</div>'</scripts></SCRIPT >x"),
            "<script>[if (a<b) '</div>'</scripts>]</script>[x]");
  EXPECT_EQ(tokens_of("<title></title><style>no end"), "<title></title><style>[no end]");
  HtmlTokenizer tokens("<title>a &amp; b</title><script>a &amp; b</script>");
  tokens.next();
  EXPECT_FALSE(tokens.next()->is_literal);
  tokens.next();
  tokens.next();
  EXPECT_TRUE(tokens.next()->is_literal);
}

TEST(HtmlTokenizer, AttributesAreReadByName) {
  HtmlTokenizer tokens("<ol hidden START = 7 title='a \"b\"' start=8 data-x=/y/>");
  const HtmlToken tag = tokens.next().value();
  EXPECT_EQ(html_attribute(tag, "hidden"), "");
  EXPECT_EQ(html_attribute(tag, "start"), "7");
  EXPECT_EQ(html_attribute(tag, "title"), "a \"b\"");
  EXPECT_EQ(html_attribute(tag, "data-x"), "/y/");
  EXPECT_EQ(html_attribute(tag, "b"), std::nullopt);
  EXPECT_FALSE(tag.is_self_closing);
}

TEST(HtmlNesting, CountsWhatIsOpen) {
  EXPECT_FALSE(html_nests_deeper("plain text, 1 < 2 and </b>", 0));
  const char* page = "<html><body><DIV>a</div><div><b>c</b></DIV></body></html>";
  EXPECT_TRUE(html_nests_deeper(page, 3));
  EXPECT_FALSE(html_nests_deeper(page, 4));
}

TEST(HtmlNesting, VoidElementsAndUnclosedParagraphsInARowAreFlat) {
  EXPECT_FALSE(html_nests_deeper(repeated(2000, "<p>one<br><img src=x>"), 1));
  EXPECT_FALSE(html_nests_deeper("<ul>" + repeated(2000, "<li>one<br/>") + "</ul>", 2));
  EXPECT_FALSE(
      html_nests_deeper(repeated(2000, "<svg><g><path d=\"x\"/><path/></g></svg><br>"), 2));
}

TEST(HtmlNesting, NothingHidesWhatIsOpen) {
  for (const char* piece :
       {"<div class=a>", "<b\n>", "<div></span></b>", "<div><!--</div>-->",
        "<div title=\"</div>\">", "<div><script></div></script>", "<optgroup>", "<rt>", "<rp>",
        "<b><object></b></object>", "<span><div></span></div>", "<span><p></span></p>",
        "<svg><desc><b></svg></b></desc>", "<svg><![CDATA[></svg>]]>", "<select><xmp><input><div>",
        "<div><script><!--<script></script></div>--></script>"}) {
    EXPECT_TRUE(html_nests_deeper(repeated(1000, piece), 200)) << piece;
  }
  for (const char* name : {"tr", "td", "li", "p", "option", "area", "br", "col", "input", "link"})
    EXPECT_TRUE(html_nests_deeper("<svg>" + repeated(1000, fmt::format("<{}>", name)), 200))
        << name;
}

}  // namespace
}  // namespace tg
