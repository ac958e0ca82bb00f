#include "net/headers.hpp"

#include <gtest/gtest.h>

namespace tg::net {
namespace {

TEST(Headers, FindsNamesWhateverTheirCase) {
  const Headers headers{{"Content-Type", "text/html"}, {"x-a", "1"}, {"X-A", "2"}};
  EXPECT_EQ(headers.get("content-type"), "text/html");
  EXPECT_EQ(headers.get("X-a"), "1");
  EXPECT_EQ(headers.count("X-A"), 2u);
  EXPECT_FALSE(headers.has("Content"));
  EXPECT_EQ(headers.get("absent"), "");
}

TEST(Headers, SetReplacesAllOfThatName) {
  Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}};
  headers.set("A", "4");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.get("a"), "4");
  EXPECT_EQ(headers.get("B"), "2");
  headers.remove("b");
  EXPECT_EQ(headers.size(), 1u);
}

TEST(Headers, IteratesInOrder) {
  Headers headers;
  for (int i = 0; i < 20; ++i) headers.add("N" + std::to_string(i), std::to_string(i));
  int next = 0;
  for (const auto& [name, value] : headers) {
    EXPECT_EQ(name, "N" + std::to_string(next));
    EXPECT_EQ(value, std::to_string(next));
    ++next;
  }
  EXPECT_EQ(next, 20);
}

TEST(Headers, TakesViewsIntoItself) {
  Headers headers{{"A", "a value that is longer than any small string would hold"}};
  for (int i = 0; i < 50; ++i) headers.add(headers.get("A"), headers.get("A"));
  headers.set("B", headers.get("A"));
  EXPECT_EQ(headers.get("B"), headers.get("A"));
  EXPECT_EQ(headers.get("A"), "a value that is longer than any small string would hold");
  EXPECT_EQ(headers.size(), 52u);
}

TEST(Headers, CopiesStandAlone) {
  Headers first{{"A", "1"}};
  const Headers copy = first;
  first.clear();
  first.add("A", "2");
  EXPECT_EQ(copy.get("A"), "1");
  const Headers moved = std::move(first);
  EXPECT_EQ(moved.get("A"), "2");
}

TEST(Headers, ListsReadWordsAndWeights) {
  const Headers headers{{"Accept-Encoding", "br;q=1.0, GZIP ;q=0.5,identity; q=0, x;q=0.000"},
                        {"accept-encoding", "deflate"}};
  EXPECT_TRUE(headers.lists("Accept-Encoding", "gzip"));
  EXPECT_TRUE(headers.lists("Accept-Encoding", "br"));
  EXPECT_TRUE(headers.lists("Accept-Encoding", "deflate"));
  EXPECT_FALSE(headers.lists("Accept-Encoding", "identity"));
  EXPECT_FALSE(headers.lists("Accept-Encoding", "x"));
  EXPECT_FALSE(headers.lists("Accept-Encoding", "zip"));
}

TEST(Headers, RemoveIfSeesNames) {
  Headers headers{{"Proxy-A", "1"}, {"B", "2"}, {"Proxy-C", "3"}};
  headers.remove_if([](std::string_view name) { return name.starts_with("Proxy-"); });
  ASSERT_EQ(headers.size(), 1u);
  EXPECT_EQ((*headers.begin()).first, "B");
}

}  // namespace
}  // namespace tg::net
