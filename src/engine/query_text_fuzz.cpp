// Analyses arbitrary bytes as a query: words, stems, 4-grams, keyboard layouts, sentences.
#include <cstdlib>

#include "base/text.hpp"
#include "engine/analysis.hpp"
#include "engine/query_repair.hpp"
#include "engine/sentences.hpp"
#include "engine/similarity.hpp"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string text =
      tg::text::to_nfc(tg::text::make_valid_utf8({reinterpret_cast<const char*>(data), size}));
  std::size_t at = 0;
  for (const tg::engine::Word& word : tg::engine::split_words(text)) {
    if (word.start < at || word.end > text.size()) std::abort();
    at = word.end;
    std::vector<std::uint64_t> grams;
    tg::engine::append_grams(word.normal, grams);
    static_cast<void>(tg::engine::stem(word.normal));
  }
  at = 0;
  for (const tg::engine::Sentence& sentence : tg::engine::split_sentences(text)) {
    if (sentence.start < at || sentence.end > text.size() || sentence.start >= sentence.end)
      std::abort();
    at = sentence.end;
  }
  static_cast<void>(tg::engine::other_layout(text));
  static_cast<void>(tg::engine::signature(text));
  return 0;
}
