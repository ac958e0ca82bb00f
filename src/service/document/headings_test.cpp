#include "service/document/headings.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "service/document/extraction.hpp"

namespace tg::document {
namespace {

using Path = std::vector<std::string>;

// The path at each of these words of the text, which must stand there in this order.
std::vector<Path> paths(const Extracted& extracted, const std::vector<std::string>& words) {
  HeadingWalk walk(extracted.headings);
  std::vector<Path> all;
  for (const std::string& word : words) {
    const std::size_t at = extracted.text.find(word);
    EXPECT_NE(at, std::string::npos) << word;
    all.push_back(walk.path_at(static_cast<std::int64_t>(
        text::count_code_points(std::string_view(extracted.text).substr(0, at)))));
  }
  return all;
}

// Every heading is what stands at its place.
void expect_in_place(const Extracted& extracted) {
  for (const Heading& heading : extracted.headings) {
    std::string there(text::substr(extracted.text, static_cast<std::size_t>(heading.start),
                                   static_cast<std::size_t>(heading.end - heading.start)));
    std::ranges::replace(there, '\n', ' ');
    EXPECT_EQ(there, heading.title);
  }
}

TEST(Headings, OfMarkdown) {
  const auto extracted = extract("guide.md",
                                 "intro\n\n# Настройка 🦔\n\n## Linux *now*\n\nalpha\n\n"
                                 "### Arch\n\nbeta\n\n## Windows\n\ngamma\n\n#\n\n"
                                 "# Use\n\ndelta\n");
  ASSERT_TRUE(extracted.has_value());
  expect_in_place(*extracted);
  EXPECT_EQ(extracted->title, "Настройка 🦔");
  EXPECT_EQ(paths(*extracted, {"intro", "alpha", "beta", "gamma", "delta"}),
            (std::vector<Path>{{},
                               {"Настройка 🦔", "Linux now"},
                               {"Настройка 🦔", "Linux now", "Arch"},
                               {"Настройка 🦔", "Windows"},
                               {"Use"}}));
}

TEST(Headings, OfHtml) {
  const auto extracted = extract("guide.html",
                                 "<title>T</title><h1> Set  <b>up</b></h1><h2>Linux</h2><p>alpha"
                                 "<ul><li><h3>Item</h3>beta</li></ul><h4></h4><div><h2>Win<br>dows"
                                 "</h2>gamma</div>");
  ASSERT_TRUE(extracted.has_value());
  EXPECT_EQ(extracted->title, "T");
  EXPECT_EQ(paths(*extracted, {"alpha", "beta", "gamma"}),
            (std::vector<Path>{
                {"Set up", "Linux"}, {"Set up", "Linux", "Item"}, {"Set up", "Win dows"}}));
}

TEST(Headings, APositionWhereHeadingsBeginIsUnderAllOfThem) {
  const auto extracted = extract("guide.md", "# Setup\n\n## Linux\n\nalpha\n\n## Mac\n\nbeta\n");
  ASSERT_TRUE(extracted.has_value());
  EXPECT_EQ(paths(*extracted, {"Setup", "Mac"}),
            (std::vector<Path>{{"Setup", "Linux"}, {"Setup", "Mac"}}));
}

TEST(Headings, PlainTextHasNone) {
  const auto extracted = extract("guide.txt", "# Setup\n\nalpha");
  ASSERT_TRUE(extracted.has_value());
  EXPECT_TRUE(extracted->headings.empty());
}

TEST(Headings, ALongTitleIsCut) {
  const auto extracted = extract("guide.md", fmt::format("# {}\n\nalpha", std::string(900, 'x')));
  ASSERT_TRUE(extracted.has_value());
  ASSERT_EQ(extracted->headings.size(), 1U);
  EXPECT_EQ(text::count_code_points(extracted->headings[0].title), 200U);
}

}  // namespace
}  // namespace tg::document
