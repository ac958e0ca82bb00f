// Text analysis: splits text into normalised words and stems them by script.
//
// The normal form of a word is lower case, with ё as е, and without stress marks (U+0301),
// zero-width characters and soft hyphens; 19,5 and 19.5 are the same number. Stemming uses
// Snowball: "russian" for words with Cyrillic letters, "english" for Latin ones; other words are
// unchanged. Text is expected in NFC. Thread-safe (each thread has its own stemmers).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tg::engine {

struct Word {
  std::string normal;
  std::size_t start = 0;  // byte offsets in the analysed text
  std::size_t end = 0;
};

std::vector<Word> split_words(std::string_view text);
// The same without copying each word: `normal` is valid during the call only.
using OnWord = std::function<void(std::string_view normal, std::size_t start, std::size_t end)>;
void each_word(std::string_view text, const OnWord& on_word);
std::string stem(std::string_view normal_word);
// Russian and English function words. They are removed from queries only.
bool is_stop_word(std::string_view normal_word);

// Appends the 64-bit hashes of the character 4-grams of "<word>", including repeated ones.
void append_grams(std::string_view normal_word, std::vector<std::uint64_t>& grams);

}  // namespace tg::engine
