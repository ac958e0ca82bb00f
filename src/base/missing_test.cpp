#include "base/missing.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace tg {
namespace {

namespace fs = std::filesystem;
using Words = std::set<std::string, std::less<>>;

std::string text_of(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// The words of every not_implemented("..") in the sources of the program.
Words words_in_use() {
  constexpr std::string_view kCall = "not_implemented(\"";
  Words words;
  for (const auto& entry : fs::recursive_directory_iterator(TG_SOURCE_FOLDER "/src")) {
    const std::string name = entry.path().filename().string();
    if (!name.ends_with(".cpp") || name.ends_with("_test.cpp")) continue;
    const std::string text = text_of(entry.path());
    for (std::size_t at = 0; (at = text.find(kCall, at)) != std::string::npos;) {
      at += kCall.size();
      words.insert(text.substr(at, text.find('"', at) - at));
    }
  }
  return words;
}

// A string literal as a template argument.
template <std::size_t N>
struct Word {
  consteval Word(const char (&literal)[N]) { std::copy_n(literal, N, text); }
  char text[N];
};
template <Word W>
concept IsInTable =
    requires { typename std::bool_constant<(static_cast<void>(Missing(W.text)), true)>; };

TEST(Missing, AWordThatIsNotInTheTableDoesNotCompile) {
  static_assert(IsInTable<"join">);
  static_assert(!IsInTable<"no_such_word">);
}

TEST(Missing, IsTheWordsThatTheProgramRefusesWith) {
  Words words;
  for (const MissingCapability& capability : kMissingCapabilities) {
    EXPECT_TRUE(words.emplace(capability.word).second) << capability.word << " stands there twice";
    EXPECT_FALSE(capability.what.empty());
  }
  EXPECT_EQ(words, words_in_use());
}

}  // namespace
}  // namespace tg
