#include "service/document/tidy_text.hpp"

#include <random>

#include <gtest/gtest.h>

#include "base/text.hpp"

namespace tg::document {
namespace {

TEST(TidyText, KeepsOneEmptyLineAtMostAndNoOuterSpace) {
  EXPECT_EQ(tidy("\n\n  a \r\n\t\n \n\nb\nc \n\n"), "  a\n\nb\nc");
  EXPECT_EQ(tidy(" \n\t"), "");
  EXPECT_EQ(tidy(""), "");
  EXPECT_EQ(tidy(std::string_view("a\0b\xFF", 4)), "a b\uFFFD");
}

// Piece by piece is the same as all at once, whatever combines with what across the pieces.
TEST(TidyText, LongLinesArePutIntoTheSameNormalForm) {
  const std::vector<std::string> pieces{"и\u0306", "e",      "\u0301", " ",
                                        "word",    "\u0323", "한",     "\u1100\u1161"};
  std::mt19937 random(5);
  std::string line;
  while (line.size() < 300'000) line += pieces[random() % pieces.size()];
  line += "x";
  EXPECT_EQ(tidy(line), text::to_nfc(line));
}

TEST(TidyText, HeadingsMoveWithTheirWords) {
  const std::string raw = "\n\nи\u0306 one \n\n\n Two  \n three\n\n\n- \n";
  const auto place = [&raw](std::string_view word) {
    return static_cast<std::int64_t>(raw.find(word));
  };
  std::vector<Heading> headings{{1, 0, place("one") + 3, ""},
                                {2, place(" Two"), place("three") + 6, ""},
                                {2, place("- ") + 1, place("- ") + 3, ""}};
  EXPECT_EQ(tidy(raw, headings), "й one\n\n Two\n three\n\n-");
  ASSERT_EQ(headings.size(), 2U);
  EXPECT_EQ(headings[0].title, "й one");
  EXPECT_EQ(headings[0].start, 0);
  EXPECT_EQ(headings[0].end, 5);
  EXPECT_EQ(headings[1].title, "Two  three");
  EXPECT_EQ(headings[1].start, 7);
  EXPECT_EQ(headings[1].end, 18);
}

}  // namespace
}  // namespace tg::document
