#include "engine/similarity.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/encoding.hpp"
#include "engine/analysis.hpp"

namespace tg::engine {

std::optional<std::uint64_t> signature(std::string_view text) {
  std::array<int, 64> weights{};
  const auto vote = [&weights](std::uint64_t hash) {
    for (std::size_t bit = 0; bit < 64; ++bit) weights[bit] += (hash >> bit & 1) != 0 ? 1 : -1;
  };
  std::size_t words = 0;
  std::uint64_t before = 0;
  each_word(text, [&](std::string_view word, std::size_t, std::size_t) {
    if (words++ > 0) vote(fast_hash(word, before));
    before = fast_hash(word);
    vote(before);
  });
  if (words < 6) return std::nullopt;
  std::uint64_t bits = 0;
  for (std::size_t bit = 0; bit < 64; ++bit) {
    if (weights[bit] > 0) bits |= 1ULL << bit;
  }
  return bits;
}

int distance(std::uint64_t a, std::uint64_t b) {
  return std::popcount(a ^ b);
}

std::vector<std::uint64_t> stem_set(std::string_view text) {
  std::vector<std::uint64_t> set;
  each_word(text, [&set](std::string_view word, std::size_t, std::size_t) {
    if (!is_stop_word(word)) set.push_back(fast_hash(stem(word)));
  });
  std::ranges::sort(set);
  const auto repeated = std::ranges::unique(set);
  set.erase(repeated.begin(), repeated.end());
  return set;
}

}  // namespace tg::engine
