// An answer without a language model: the sentences of the context that answer best, each once, in
// reading order, each with its citation. Plain function, CPU work, any thread.
//
// A sentence's worth is the share of the question's word weight that it holds (rare words of the
// context weigh more; an inflection that the stemmer misses counts for less), lifted by its post's
// rank; a sentence that only repeats the question passes its worth to the one after it. A second
// and third one come only where they are worth nearly as much as the best or hold words of the
// question that are still missing. "Not found" is decided by evidence: the best post must hold
// at least half of the question's weight (where retrieval measured it over the whole index, by that
// figure).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/generation.hpp"

namespace tg::generation {

inline constexpr double kEvidenceNeeded = 0.5;

api::Answer extractive_answer(const std::string& query,
                              const std::vector<api::SearchResult>& context,
                              std::optional<double> matched_weight, std::size_t max_words);

}  // namespace tg::generation
