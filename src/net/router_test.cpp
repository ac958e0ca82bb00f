#include "net/router.hpp"

#include <gtest/gtest.h>

#include "net/path.hpp"

namespace tg::net {
namespace {

class Routes : public ::testing::Test {
 protected:
  void add(Verb verb, const char* pattern) {
    EXPECT_TRUE(router_.add({.verb = verb, .pattern = pattern})) << pattern;
  }
  // The pattern that was found with its parameters, "405 allow" or "404".
  std::string find(Verb verb, std::string_view path) const {
    const Router::Match match = router_.find(verb, path);
    if (match.route == nullptr)
      return match.allow.empty() ? "404" : "405 " + std::string(match.allow);
    std::string found = match.route->pattern;
    for (const auto& [name, value] : match.parameters)
      found.append(" ").append(name).append("=").append(value);
    return found;
  }
  Router router_;
};

TEST_F(Routes, LiteralsWinOverNames) {
  add(Verb::get, "/");
  add(Verb::get, "/a");
  add(Verb::get, "/a/{x}");
  add(Verb::get, "/a/b");
  add(Verb::get, "/a/{x}/c");
  EXPECT_EQ(find(Verb::get, "/"), "/");
  EXPECT_EQ(find(Verb::get, "/a"), "/a");
  EXPECT_EQ(find(Verb::get, "/a/b"), "/a/b");
  EXPECT_EQ(find(Verb::get, "/a/z"), "/a/{x} x=z");
  EXPECT_EQ(find(Verb::get, "/a/b/c"), "/a/{x}/c x=b") << "the literal b leads nowhere";
  EXPECT_EQ(find(Verb::get, "/a/"), "404") << "an empty segment is no parameter";
  EXPECT_EQ(find(Verb::get, "/a/b/"), "404");
  EXPECT_EQ(find(Verb::get, "//a"), "404") << "empty segments are not merged";
  EXPECT_EQ(find(Verb::get, "a"), "404");
  EXPECT_EQ(find(Verb::get, ""), "404");
}

TEST_F(Routes, LongNamesStopBeforeLiterals) {
  add(Verb::get, "/models/{name...}");
  add(Verb::get, "/models/{name...}/files");
  add(Verb::get, "/models/{name...}/files/{file}");
  EXPECT_EQ(find(Verb::get, "/models/a"), "/models/{name...} name=a");
  EXPECT_EQ(find(Verb::get, "/models/a/b"), "/models/{name...} name=a/b");
  EXPECT_EQ(find(Verb::get, "/models/a/b/files"), "/models/{name...}/files name=a/b");
  EXPECT_EQ(find(Verb::get, "/models/a/files/x"), "/models/{name...}/files/{file} name=a file=x");
  EXPECT_EQ(find(Verb::get, "/models/files"), "/models/{name...} name=files");
  EXPECT_EQ(find(Verb::get, "/models"), "404");
}

TEST_F(Routes, VerbsOfAPathAreNamed) {
  add(Verb::get, "/a/{x}");
  add(Verb::delete_, "/a/{x}");
  EXPECT_EQ(find(Verb::post, "/a/1"), "405 GET, HEAD, DELETE, OPTIONS");
  EXPECT_EQ(find(Verb::head, "/a/1"), "/a/{x} x=1");
  EXPECT_EQ(find(Verb::options, "/a/1"), "405 GET, HEAD, DELETE, OPTIONS");
  EXPECT_FALSE(router_.add({.verb = Verb::get, .pattern = "/a/{y}"})) << "the same path";
}

TEST_F(Routes, AMatchMayBeUsedAgain) {
  add(Verb::get, "/a/{x}");
  Router::Match match;
  router_.find(Verb::get, "/a/1", match);
  router_.find(Verb::get, "/b", match);
  EXPECT_EQ(match.route, nullptr);
  EXPECT_TRUE(match.allow.empty());
  EXPECT_TRUE(match.parameters.empty());
}

TEST(Path, IsDecodedOnceAndResolved) {
  const std::pair<const char*, const char*> cases[] = {
      {"/", "/"},
      {"/a", "/a"},
      {"/a/", "/a/"},
      {"//", "//"},
      {"/a//b", "/a//b"},
      {"/a/./b", "/a/b"},
      {"/a/../b", "/b"},
      {"/../../b", "/b"},
      {"/a/..", "/"},
      {"/a/.", "/a/"},
      {"/%2e%2E/x", "/x"},
      {"/a%2fb", "/a%2fb"},
      {"/a%5Cb", "/a%5Cb"},
      {"/%2e%2e%2f", "/..%2f"},
      {"/a%20b", "/a b"},
      {"/%252e", "/%2e"},
      {"/..a", "/..a"},
      {"/%D1%8F", "/\xD1\x8F"},
      {"/a/b/../../c/", "/c/"},
  };
  std::string path = "left over";
  for (const auto& [raw, expected] : cases) {
    ASSERT_TRUE(normalise_path(raw, path)) << raw;
    EXPECT_EQ(path, expected) << raw;
  }
  for (const char* broken : {"/%", "/%2", "/%zz", "/%00", "/a%0", "/%ff", "/%c0%af", "/%u0041"})
    EXPECT_FALSE(normalise_path(broken, path)) << broken;
}

}  // namespace
}  // namespace tg::net
