#include "runtime/env_file.hpp"

#include <gtest/gtest.h>

namespace tg {
namespace {

std::string value_of(std::string_view text) {
  const auto lines = parse_env_file(text);
  if (!lines) return "refused: " + lines.error().message;
  return lines->size() == 1 ? lines->front().value : "not one line";
}

TEST(EnvFile, ReadsPlainValues) {
  EXPECT_EQ(value_of("A=b"), "b");
  EXPECT_EQ(value_of("A= b c \t\r\n"), "b c");
  EXPECT_EQ(value_of("export A=b\n"), "b");
  EXPECT_EQ(value_of("A="), "");
  EXPECT_EQ(value_of("\xEF\xBB\xBF"
                     "A=b=c"),
            "b=c");
}

TEST(EnvFile, CommentsNeedABlankBefore) {
  EXPECT_EQ(value_of("# x\n\n  # y\nA=b # z\n"), "b");
  EXPECT_EQ(value_of("A=#b"), "#b");
  EXPECT_EQ(value_of("A=http://x/#y"), "http://x/#y");
  EXPECT_EQ(value_of("A= # only a comment"), "");
  EXPECT_EQ(value_of("A='b' # z"), "b");
}

TEST(EnvFile, NothingIsInterpolated) {
  EXPECT_EQ(value_of("A=$HOME ${X} `id`"), "$HOME ${X} `id`");
  EXPECT_EQ(value_of("A=\"$HOME\""), "$HOME");
  EXPECT_EQ(value_of("A=a\\nb"), "a\\nb");
}

TEST(EnvFile, QuotesKeepOrUnescape) {
  EXPECT_EQ(value_of(R"(A=' a # \n "b" ')"), R"( a # \n "b" )");
  EXPECT_EQ(value_of(R"(A="a\n\t\"\\\$")"), "a\n\t\"\\$");
  EXPECT_EQ(value_of("A=\"one\ntwo\""), "one\ntwo");
}

TEST(EnvFile, RefusesWithTheLine) {
  EXPECT_EQ(value_of("\nA"), "refused: line 2: '=' expected right after A");
  EXPECT_EQ(value_of("A =b"), "refused: line 1: '=' expected right after A");
  EXPECT_EQ(value_of("1A=b"), "refused: line 1: KEY=value expected");
  EXPECT_EQ(value_of("=b"), "refused: line 1: KEY=value expected");
  EXPECT_EQ(value_of("A='b"), "refused: line 1: the closing quote is missing");
  EXPECT_EQ(value_of("A='b'c"), "refused: line 1: nothing may follow the closing quote");
  EXPECT_EQ(value_of("A=\"\\x\""), R"(refused: line 1: \x is none of \n \t \r \\ \" \$)");
  EXPECT_EQ(value_of("A=1\nB=2\nA=3"), "refused: line 3: A is set twice (also in line 1)");
  EXPECT_EQ(value_of("A=\xff"), "refused: line 1: the value of A is no UTF-8 text");
}

TEST(EnvFile, CountsLinesThroughQuotes) {
  const auto lines = parse_env_file("A='1\n2'\n\nB=3\r\n");
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->at(1).line, 4U);
  EXPECT_EQ(lines->at(1).value, "3");
}

}  // namespace
}  // namespace tg
