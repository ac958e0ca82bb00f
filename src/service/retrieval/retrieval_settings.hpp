// Settings of the retrieval service.
#pragma once

#include "runtime/setting.hpp"

namespace tg::retrieval {

struct RetrievalSettings {
  double diversity = 0.2;  // MMR weight; a request may override it
  std::uint32_t context_words = 1500;
  bool keep_history = true;
  std::chrono::days history_retention{90};  // also of usage events
};
BOOST_DESCRIBE_STRUCT(RetrievalSettings, (),
                      (diversity, context_words, keep_history, history_retention))
constexpr auto settings_of(const RetrievalSettings*) {
  return settings(
      "retrieval", "search and history",
      Setting("diversity")
          .env("SEARCH_DIVERSITY")
          .range(0, 1)
          .about("0: rank by relevance only, 1: maximum diversity; default for requests that "
                 "do not set it"),
      Setting("context_words")
          .range(50, 100'000)
          .about("maximum words of context for generating an answer"),
      Setting("keep_history").about("record users' queries (for their history and suggestions)"),
      Setting("history_retention")
          .between("1d", "3650d")
          .about("age at which queries and usage events are deleted"));
}

}  // namespace tg::retrieval
