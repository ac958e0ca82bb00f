// Exact nearest-neighbour search: the query is compared with every chunk that passes the filter.
#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/core.h>

#include "engine/vector_store.hpp"

namespace tg::engine {
namespace {

struct Sums {
  float product = 0;   // dot product
  float square = 0;    // of the second vector with itself
  float distance = 0;  // squared
};

// Eight independent sums, which the compiler can vectorise without reordering additions.
Sums sums_of(std::span<const float> a, std::span<const float> b) {
  constexpr std::size_t kLanes = 8;
  std::array<float, kLanes> product{};
  std::array<float, kLanes> square{};
  std::array<float, kLanes> distance{};
  const std::size_t whole = a.size() / kLanes * kLanes;
  for (std::size_t i = 0; i < whole; i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      const float x = a[i + lane];
      const float y = b[i + lane];
      product[lane] += x * y;
      square[lane] += y * y;
      distance[lane] += (x - y) * (x - y);
    }
  }
  Sums sums;
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    sums.product += product[lane];
    sums.square += square[lane];
    sums.distance += distance[lane];
  }
  for (std::size_t i = whole; i < a.size(); ++i) {
    sums.product += a[i] * b[i];
    sums.square += b[i] * b[i];
    sums.distance += (a[i] - b[i]) * (a[i] - b[i]);
  }
  return sums;
}

double similarity_of(const Sums& sums, double query_norm, index::Metric metric) {
  switch (metric) {
    case index::Metric::cosine: {
      const double norms = query_norm * std::sqrt(static_cast<double>(sums.square));
      return norms > 0 ? std::clamp(static_cast<double>(sums.product) / norms, -1.0, 1.0) : 0;
    }
    case index::Metric::dot:
      return static_cast<double>(sums.product);
    case index::Metric::l2:
      return -std::sqrt(static_cast<double>(sums.distance));
  }
  return 0;
}

// Maps a similarity monotonically to 0..1.
double score_of(double similarity, index::Metric metric) {
  switch (metric) {
    case index::Metric::cosine:
      return (1 + similarity) / 2;
    case index::Metric::dot:
      return 1 / (1 + std::exp(-similarity));
    case index::Metric::l2:
      return 1 / (1 - similarity);
  }
  return 0;
}

struct Candidate {
  Snapshot::At at;
  Uuid chunk_id;
  double similarity = 0;
};

// Best first. Ties are broken by chunk id, so that results do not depend on the order of segments.
bool is_better(const Candidate& a, const Candidate& b) {
  return a.similarity != b.similarity ? a.similarity > b.similarity : a.chunk_id < b.chunk_id;
}

Result<std::vector<const VectorCollection*>> fitting(const VectorSnapshot& vectors,
                                                     std::size_t dimension) {
  std::vector<const VectorCollection*> all;
  std::size_t other = 0;
  for (const VectorCollection& collection : vectors.collections()) {
    if (collection.size() == 0) continue;
    if (collection.dimension == dimension) {
      all.push_back(&collection);
    } else {
      other = collection.dimension;
    }
  }
  if (all.empty() && other != 0)
    return invalid("query_embedding",
                   fmt::format("must have {} dimensions, like the stored vectors", other));
  return all;
}

}  // namespace

Result<std::vector<index::VectorHit>> search_vectors(const Snapshot& chunks,
                                                     const VectorSnapshot& vectors,
                                                     const index::VectorQuery& query) {
  TG_TRY(const auto collections, fitting(vectors, query.values.size()));
  std::vector<index::VectorHit> hits;
  if (collections.empty() || query.top_k == 0) return hits;
  const double norm = std::sqrt(static_cast<double>(sums_of(query.values, query.values).square));
  std::vector<Candidate> best;  // a heap with the worst candidate on top
  chunks.each_passing(query.filter, [&](Snapshot::At at, const ColumnRecord& record) {
    for (const VectorCollection* collection : collections) {
      const std::span<const float> vector = collection->find(record.chunk_id);
      if (vector.empty()) continue;
      const Candidate candidate{at, record.chunk_id,
                                similarity_of(sums_of(query.values, vector), norm, query.metric)};
      if (best.size() == query.top_k) {
        if (!is_better(candidate, best.front())) return;
        std::ranges::pop_heap(best, is_better);
        best.pop_back();
      }
      best.push_back(candidate);
      std::ranges::push_heap(best, is_better);
      return;
    }
  });
  std::ranges::sort(best, is_better);
  for (const Candidate& candidate : best) {
    TG_TRY(auto chunk, chunks.chunk(candidate.at));
    hits.push_back({.chunk = std::move(chunk),
                    .score = score_of(candidate.similarity, query.metric),
                    .similarity = candidate.similarity});
  }
  return hits;
}

}  // namespace tg::engine
