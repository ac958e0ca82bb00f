#include "service/retrieval/repaired_text.hpp"

#include <ranges>

#include "engine/analysis.hpp"

namespace tg::retrieval {

std::string repaired_text(std::string question, const std::vector<api::QueryRepair>& repairs) {
  for (const api::QueryRepair& repair : repairs) {
    if (repair.kind == "layout") {
      question = repair.to;  // the index repairs the layout of the whole text first
      continue;
    }
    // Backwards, so that the offsets of earlier words stay valid.
    const std::vector<engine::Word> words = engine::split_words(question);
    for (const engine::Word& word : words | std::views::reverse) {
      if (word.normal == repair.from)
        question.replace(word.start, word.end - word.start, repair.to);
    }
  }
  return question;
}

}  // namespace tg::retrieval
