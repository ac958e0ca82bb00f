// Post-processing of index hits: folding of near-duplicates, diversity. Thread-safe (pure
// functions).
#pragma once

#include <vector>

#include "api/vector_types.hpp"

namespace tg::retrieval {

// Keeps the best hit of each group of near-duplicates and lists the others in its payload's
// `duplicates`.
std::vector<api::IndexHit> fold_duplicates(std::vector<api::IndexHit> hits);

// The first hit of each document, `count` at most.
std::vector<api::IndexHit> best_of_documents(std::vector<api::IndexHit> hits, std::size_t count);

// Maximal marginal relevance (Carbonell and Goldstein, 1998): repeatedly picks the hit with the
// largest (1 - diversity) * relevance - diversity * (maximum similarity to the hits picked so far).
// Relevance is the rank score scaled to 0..1 over these hits, similarity the Jaccard index of
// stems. With a diversity of 0 the order is unchanged.
std::vector<api::IndexHit> diversify(std::vector<api::IndexHit> hits, double diversity,
                                     std::size_t count);

}  // namespace tg::retrieval
