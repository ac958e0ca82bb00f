// Extractive answers without a language model: the sentences of the context that answer the
// question best, without repetition, in reading order, each with a citation. CPU-bound: call it on
// the compute pool. Thread-safe (pure function).
//
// A sentence is scored by the share of the question's word weight that it contains (words that are
// rare in the context weigh more; inflections that the stemmer misses count less) and by the rank
// of its post. A sentence that only repeats the question passes its score to the next one. A second
// and a third sentence are added only if they score nearly as high as the best, or contain words of
// the question that are still missing. The answer is "not found" unless the best post contains at
// least half of the question's word weight, measured by retrieval over the whole index if known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/generation.hpp"

namespace tg::generation {

inline constexpr double kEvidenceNeeded = 0.5;

// `matched_weight`: share of the question's word weight in the best post (0..1), over the whole
// index. nullopt: computed from the context.
api::Answer extractive_answer(const std::string& query,
                              const std::vector<api::SearchResult>& context,
                              std::optional<double> matched_weight, std::size_t max_words);

}  // namespace tg::generation
