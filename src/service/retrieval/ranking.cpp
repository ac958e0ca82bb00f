#include "service/retrieval/ranking.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "engine/similarity.hpp"

namespace tg::retrieval {
namespace {

json::Object describe(const api::IndexedChunk& chunk) {
  json::Object other{{"document_id", chunk.document_id}};
  for (const char* field :
       {"channel_id", "channel_title", "message_id", "url", "date", "filename"}) {
    if (const json::Value* value = chunk.payload.if_contains(field)) other[field] = *value;
  }
  return other;
}

}  // namespace

std::vector<api::IndexHit> fold_duplicates(std::vector<api::IndexHit> hits) {
  std::vector<api::IndexHit> folded;
  std::map<std::string, std::size_t> first;
  for (api::IndexHit& hit : hits) {
    const auto [found, inserted] = first.try_emplace(hit.chunk.cluster, folded.size());
    // Chunks of one document share its group but are not duplicates of each other.
    if (inserted || folded[found->second].chunk.document_id == hit.chunk.document_id) {
      hit.chunk.payload.insert({{"duplicates", json::Array()}});
      folded.push_back(std::move(hit));
      continue;
    }
    json::Array& others = folded[found->second].chunk.payload["duplicates"].as_array();
    others.push_back(describe(hit.chunk));
  }
  return folded;
}

std::vector<api::IndexHit> best_of_documents(std::vector<api::IndexHit> hits, std::size_t count) {
  std::vector<api::IndexHit> best;
  std::set<std::string> seen;
  for (api::IndexHit& hit : hits) {
    if (best.size() == count) break;
    if (seen.insert(hit.chunk.document_id).second) best.push_back(std::move(hit));
  }
  return best;
}

std::vector<api::IndexHit> diversify(std::vector<api::IndexHit> hits, double diversity,
                                     std::size_t count) {
  if (diversity <= 0 || hits.size() < 2) {
    if (hits.size() > count) hits.resize(count);
    return hits;
  }
  const double high = hits.front().rank_score;
  const double low = hits.back().rank_score;
  std::vector<std::vector<std::uint64_t>> stems;
  for (const api::IndexHit& hit : hits) stems.push_back(engine::stem_set(hit.chunk.text));
  std::vector<double> nearest(hits.size(), 0);
  std::vector<bool> taken(hits.size(), false);
  std::vector<api::IndexHit> chosen;
  while (chosen.size() < std::min(count, hits.size())) {
    std::size_t best = hits.size();
    double best_value = 0;
    for (std::size_t i = 0; i < hits.size(); ++i) {
      if (taken[i]) continue;
      const double relevance = high > low ? (hits[i].rank_score - low) / (high - low) : 1;
      const double value = (1 - diversity) * relevance - diversity * nearest[i];
      if (best == hits.size() || value > best_value) {
        best = i;
        best_value = value;
      }
    }
    taken[best] = true;
    for (std::size_t i = 0; i < hits.size(); ++i) {
      if (!taken[i]) nearest[i] = std::max(nearest[i], engine::jaccard(stems[best], stems[i]));
    }
    chosen.push_back(std::move(hits[best]));
  }
  return chosen;
}

}  // namespace tg::retrieval
