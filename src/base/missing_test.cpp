#include "base/missing.hpp"

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

// The words of every not_implemented("..") in what is compiled into the program.
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

TEST(Missing, IsThisAndNothingElse) {
  Words words;
  for (const MissingCapability& capability : kMissingCapabilities) {
    words.emplace(capability.word);
    EXPECT_FALSE(capability.what.empty());
  }
  EXPECT_EQ(words, (Words{"login", "join", "leave", "embeddings", "model_download", "model_load",
                          "providers", "pdf", "docx"}));
  EXPECT_EQ(words.size(), kMissingCapabilities.size()) << "a word stands there twice";
}

TEST(Missing, NothingIsInTheTableThatTheProgramCanDo) {
  Words without_a_call;
  for (const MissingCapability& capability : kMissingCapabilities)
    without_a_call.emplace(capability.word);
  for (const std::string& word : words_in_use())
    EXPECT_EQ(without_a_call.erase(word), 1U) << word << " is not in the table";
  // Nobody can even try: no endpoint takes the password of a Telegram account.
  EXPECT_EQ(without_a_call, Words{"login"});
}

}  // namespace
}  // namespace tg
