// What an operator may set of the retrieval service. Plain values.
#pragma once

#include "runtime/setting.hpp"

namespace tg::retrieval {

struct RetrievalSettings {
  double diversity = 0.2;  // MMR weight where the request names none
  std::uint32_t context_words = 1500;
  bool keep_history = true;
  std::chrono::days history_retention{90};  // of usage events, too
};
BOOST_DESCRIBE_STRUCT(RetrievalSettings, (),
                      (diversity, context_words, keep_history, history_retention))
constexpr auto settings_of(const RetrievalSettings*) {
  return settings(
      "retrieval", "searching",
      Setting("diversity")
          .env("SEARCH_DIVERSITY")
          .range(0, 1)
          .about("0: by relevance alone, 1: as different as can be; where a request says "
                 "nothing"),
      Setting("context_words")
          .range(50, 100'000)
          .about("how many words of context an answer is made from"),
      Setting("keep_history")
          .about("keep the questions that users asked (their history, suggestions)"),
      Setting("history_retention").between("1d", "3650d").about("after which they are deleted"));
}

}  // namespace tg::retrieval
