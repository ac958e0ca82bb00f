// Sentences of Russian and English text, with their places. Plain function, any thread.
#pragma once

#include <string_view>
#include <vector>

namespace tg::engine {

struct Sentence {
  std::size_t start = 0;  // byte offsets; outer white space is not part of it
  std::size_t end = 0;
};

// Ends at . ! ? … and at line breaks; not after abbreviations and initials ("т. е.", "J. Smith"),
// not inside numbers, addresses and names with points ("3.5", "t.me/x").
std::vector<Sentence> split_sentences(std::string_view text);

}  // namespace tg::engine
