#include "service/retrieval/repaired_text.hpp"

#include <ranges>

#include "engine/analysis.hpp"

namespace tg::retrieval {

std::string repaired_text(std::string question, const std::vector<api::QueryRepair>& repairs) {
  for (const api::QueryRepair& repair : repairs) {
    if (repair.kind == "layout") {
      question = repair.to;  // the index lays out the whole text anew, before it looks at words
      continue;
    }
    // From the last word, so that the places of those before stay true.
    const std::vector<engine::Word> words = engine::split_words(question);
    for (const engine::Word& word : words | std::views::reverse) {
      if (word.normal == repair.from)
        question.replace(word.start, word.end - word.start, repair.to);
    }
  }
  return question;
}

}  // namespace tg::retrieval
