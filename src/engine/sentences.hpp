// Splits Russian and English text into sentences. Thread-safe.
#pragma once

#include <string_view>
#include <vector>

namespace tg::engine {

struct Sentence {
  std::size_t start = 0;  // byte offsets, without surrounding white space
  std::size_t end = 0;
};

// A sentence ends at . ! ? … and at line breaks, but not after abbreviations and initials ("т. е.",
// "J. Smith") or at dots inside numbers and addresses ("3.5", "t.me/x").
std::vector<Sentence> split_sentences(std::string_view text);

}  // namespace tg::engine
