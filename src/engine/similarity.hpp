// Text similarity: a signature for finding near-duplicates, and sets of stems for comparing two
// texts. Pure functions, thread-safe.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <ranges>
#include <string_view>
#include <vector>

namespace tg::engine {

// SimHash (Charikar, 2002) over words and word pairs in normal form. None for texts of fewer than 6
// words, where it is unreliable.
std::optional<std::uint64_t> signature(std::string_view text);
// Hamming distance.
int distance(std::uint64_t a, std::uint64_t b);
inline constexpr int kNearDuplicateDistance = 6;

// Hashes of the stems, without stop words: sorted and unique.
std::vector<std::uint64_t> stem_set(std::string_view text);
// Jaccard similarity, 0..1, of two sorted ranges without repeated items.
template <std::ranges::sized_range Set>
double jaccard(const Set& a, const Set& b) {
  std::size_t shared = 0;
  for (auto i = a.begin(), j = b.begin(); i != a.end() && j != b.end();) {
    const auto order = *i <=> *j;
    if (order == 0) ++shared;
    if (order <= 0) ++i;
    if (order >= 0) ++j;
  }
  const std::size_t all = a.size() + b.size() - shared;
  return all == 0 ? 0 : static_cast<double>(shared) / static_cast<double>(all);
}

}  // namespace tg::engine
