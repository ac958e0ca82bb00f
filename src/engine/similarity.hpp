// How alike two texts are: a signature for finding near-duplicates, shingles for comparing two
// texts. Plain functions, any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace tg::engine {

// SimHash (Charikar, 2002) over word pairs in normal form. None for texts of fewer than 6 words:
// what short texts share says little.
std::optional<std::uint64_t> signature(std::string_view text);
// Bits that differ.
int distance(std::uint64_t a, std::uint64_t b);
inline constexpr int kNearDuplicateDistance = 6;

// Hashes of stems, sorted, each once.
std::vector<std::uint64_t> stem_set(std::string_view text);
// Jaccard similarity of two such sets, 0..1.
double jaccard(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b);

}  // namespace tg::engine
