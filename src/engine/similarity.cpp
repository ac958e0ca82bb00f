#include "engine/similarity.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "base/encoding.hpp"
#include "engine/analysis.hpp"

namespace tg::engine {

std::optional<std::uint64_t> signature(std::string_view text) {
  const std::vector<Word> words = split_words(text);
  if (words.size() < 6) return std::nullopt;
  std::array<int, 64> weights{};
  const auto vote = [&weights](std::uint64_t hash) {
    for (std::size_t bit = 0; bit < 64; ++bit) weights[bit] += (hash >> bit & 1) != 0 ? 1 : -1;
  };
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::uint64_t own = fast_hash(words[i].normal);
    vote(own);
    if (i + 1 < words.size()) vote(fast_hash(words[i + 1].normal, own));
  }
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
