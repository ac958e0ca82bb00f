// What happens to hits between the index and the caller: near-duplicates folded, diversity. Plain
// functions, any thread.
#pragma once

#include <vector>

#include "api/vector_types.hpp"

namespace tg::retrieval {

// One hit a near-duplicate group, the best; the others are listed in its payload's `duplicates`.
std::vector<api::IndexHit> fold_duplicates(std::vector<api::IndexHit> hits);

// The first hit of each document, `count` at most.
std::vector<api::IndexHit> best_of_documents(std::vector<api::IndexHit> hits, std::size_t count);

// Maximal marginal relevance (Carbonell and Goldstein, 1998): the next hit is the one with the
// largest (1 - diversity) * relevance - diversity * (similarity to what is chosen already).
// Relevance is the rank score scaled to 0..1 over these hits, similarity the Jaccard index of
// stems. Zero changes nothing.
std::vector<api::IndexHit> diversify(std::vector<api::IndexHit> hits, double diversity,
                                     std::size_t count);

}  // namespace tg::retrieval
