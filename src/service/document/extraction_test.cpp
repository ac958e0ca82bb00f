#include "service/document/extraction.hpp"

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace tg::document {
namespace {

Extracted extracted(std::string_view name, std::string_view bytes) {
  auto out = extract(name, bytes);
  EXPECT_TRUE(out) << out.error().message;
  return out.value_or(Extracted{});
}

TEST(Extract, PlainTextIsTidiedAndPutIntoNfc) {
  const Extracted out = extracted("a.txt", "\xEF\xBB\xBF  первая  \r\n\r\n\r\n\r\nи\xCC\x86од\t\n");
  EXPECT_EQ(out.type, api::FileType::txt);
  EXPECT_EQ(out.text, "  первая\n\nйод");
}

TEST(Extract, OldRussianEncodingsAreDetected) {
  // "Трамвай ходит по расписанию каждый день, кроме воскресенья." in windows-1251
  const Extracted out = extracted(
      "a.txt",
      "\xD2\xF0\xE0\xEC\xE2\xE0\xE9 \xF5\xEE\xE4\xE8\xF2 \xEF\xEE "
      "\xF0\xE0\xF1\xEF\xE8\xF1\xE0\xED\xE8\xFE \xEA\xE0\xE6\xE4\xFB\xE9 \xE4\xE5\xED\xFC, "
      "\xEA\xF0\xEE\xEC\xE5 \xE2\xEE\xF1\xEA\xF0\xE5\xF1\xE5\xED\xFC\xFF.");
  EXPECT_EQ(out.text, "Трамвай ходит по расписанию каждый день, кроме воскресенья.");
}

TEST(Extract, HtmlKeepsTitleAndStructureAndDropsHiddenContent) {
  const Extracted out = extracted(
      "page.html",
      "<html><head><title> The  Dome </title><style>p{}</style></head><body><h1>Hours</h1>"
      "<p>Open <b>daily</b><br>from ten.</p><ul><li>Adults 5</li><li>Children 2</li></ul>"
      "<p style='display:none'>hidden text</p><div hidden>also hidden</div>"
      "<script>var secret = 1;</script></body></html>");
  EXPECT_EQ(out.type, api::FileType::html);
  EXPECT_EQ(out.title, "The Dome");
  EXPECT_EQ(out.text, "Hours\n\nOpen daily\nfrom ten.\n\n- Adults 5\n\n- Children 2");
}

TEST(Extract, MarkdownLosesItsMarksAndKeepsItsLists) {
  const Extracted out =
      extracted("notes.md",
                "# The *Dome*\n\nOpen [daily](https://e.x).\n\n- adults\n- children\n\n`code` "
                "stays\n");
  EXPECT_EQ(out.type, api::FileType::markdown);
  EXPECT_EQ(out.title, "The Dome");
  EXPECT_EQ(out.text, "The Dome\n\nOpen daily.\n\n- adults\n\n- children\n\ncode stays");
}

TEST(Extract, ListsKeepTheirNumbersAndPreItsLines) {
  EXPECT_EQ(
      extracted("a.md", "3. three\n4. four\n   - inner\n\nTea &amp; milk &#8212; &copy;\n").text,
      "3. three\n\n4. four\n- inner\n\nTea & milk — ©");
  EXPECT_EQ(extracted("a.html",
                      "<p>Do:</p><ol><li>one</li><li><p>two</p></li></ol><ol start=7><li>seven</li>"
                      "</ol><pre>a = 1\n  b = 2</pre><p>x\n y</p>")
                .text,
            "Do:\n\n1. one\n\n2. two\n\n7. seven\n\na = 1\n  b = 2\n\nx y");
}

TEST(Extract, HtmlMayNestWithoutBound) {
  for (const char* piece : {"<div>", "<b a=1><p>", "<svg><tr>", "<ol><li>", "<div hidden></div>"}) {
    std::string deep;
    for (int i = 0; i < 20'000; ++i) deep += piece;
    EXPECT_TRUE(extracted("deep.html", deep + "word").text.ends_with("word")) << piece;
  }
}

TEST(Extract, HtmlIsReadWithItsOptionalTagsLeftOut) {
  EXPECT_EQ(extracted("a.html", "<title>A &lt; B<ul><li>one<li>two</ul><p>x<p>y").text, "");
  EXPECT_EQ(extracted("a.html", "<ul><li>one<li hidden>not<li>two</ul><p hidden>no<p>x<p>y").text,
            "- one\n- two\n\nx\n\ny");
  EXPECT_EQ(extracted("a.html", "<ol><li hidden>a<ol><li>b</ol>c</ol>d").text, "d");
  EXPECT_EQ(extracted("a.html", "<table><tr><td>a<td>b<tr><th>c</th><td>d</table>").text,
            "a b\n\nc d");
}

TEST(Extract, HtmlCommentsAttributesAndScriptsAreNoText) {
  const Extracted out = extracted(
      "a.html",
      "<!DOCTYPE html><title>Page</title><!-- <p>no</p> --><p title='</p> no'>a <b>b</b> c</p>"
      "<svg><title>Icon</title></svg><template><p>no</p></template><SCRIPT>'<p>no'</SCRIPT>d");
  EXPECT_EQ(out.title, "Page");
  EXPECT_EQ(out.text, "a b c\n\nd");
}

TEST(Extract, HtmlCharacterReferencesAreDecoded) {
  EXPECT_EQ(
      extracted("a.html", "<p>a&nbsp;b &lt;c&gt; &#1071; &#x41; &eacute; &copy 1 & 2 &nope; &#")
          .text,
      "a\u00A0b <c> Я A é © 1 & 2 &nope; &#");
  EXPECT_EQ(extracted("a.html", "<title>A &amp; B</title><script>&amp;</script>").title, "A & B");
}

TEST(Extract, HtmlHeadingsAreKeptWithTheirLevels) {
  const Extracted out = extracted("a.html", "<h1>One</h1>a<h3>Two <i>b</i></h3>c<h2>Three");
  ASSERT_EQ(out.headings.size(), 3U);
  EXPECT_EQ(out.headings[1].title, "Two b");
  EXPECT_EQ(out.headings[1].level, 3);
  EXPECT_EQ(out.headings[2].title, "Three");
}

TEST(Extract, FilesThatAreNotTextAreRefusedWithAReason) {
  EXPECT_EQ(extract("a.pdf", "%PDF-1.7\n").error().reason, "not_implemented.pdf");
  EXPECT_EQ(extract("a.docx", "PK\x03\x04rest").error().reason, "not_implemented.docx");
  EXPECT_EQ(extract("a.zip", "PK\x03\x04rest").error().code, Code::unsupported_media_type);
  EXPECT_EQ(extract("a.txt", std::string_view("a\0b", 3)).error().code,
            Code::unsupported_media_type);
}

}  // namespace
}  // namespace tg::document
