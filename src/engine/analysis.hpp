// Text into index terms: words in a normal form, stems by script.
//
// Normal form of a word: lower case, ё as е, without U+0301 (stress), zero-width characters and
// soft hyphens; 19,5 and 19.5 are one number. Stems: Snowball russian for words with Cyrillic
// letters, english for Latin ones; all other words stay as they are. Text is expected in NFC.
// Thread-safe (a stemmer per thread).
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
// The same without a copy of each word: `normal` is valid during the call.
using OnWord = std::function<void(std::string_view normal, std::size_t start, std::size_t end)>;
void each_word(std::string_view text, const OnWord& on_word);
std::string stem(std::string_view normal_word);
// Words that carry no meaning of their own (Russian and English); dropped from queries only.
bool is_stop_word(std::string_view normal_word);

// 64-bit hashes of the 4-grams of <word>, one for each place.
void append_grams(std::string_view normal_word, std::vector<std::uint64_t>& grams);

}  // namespace tg::engine
