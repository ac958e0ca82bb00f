#include "engine/segment_builder.hpp"

#include <algorithm>
#include <map>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/analysis.hpp"
#include "engine/segment_format.hpp"

namespace tg::engine {
namespace {

struct Inverted {
  boost::unordered_flat_map<std::string, std::string> stems;  // normal form -> stem, a cache
  boost::unordered_flat_map<std::string, std::vector<Posting>> postings;
  boost::unordered_flat_map<std::uint64_t, std::uint64_t> gram_counts;

  const std::string& stem_of(const std::string& normal) {
    auto [found, inserted] = stems.try_emplace(normal);
    if (inserted) found->second = stem(normal);
    return found->second;
  }
};

struct Counts {
  std::uint32_t words = 0;
  std::uint32_t grams = 0;
};

Counts invert(Inverted& inverted, const index::Chunk& chunk, std::uint32_t place) {
  Counts counts;
  std::vector<std::uint64_t> grams;
  for (const Word& word : split_words(join_searched(chunk.title, chunk.text))) {
    std::vector<Posting>& list = inverted.postings[inverted.stem_of(word.normal)];
    if (!list.empty() && list.back().chunk == place) {
      ++list.back().frequency;
    } else {
      list.push_back({place, 1});
    }
    append_grams(word.normal, grams);
    ++counts.words;
  }
  counts.grams = static_cast<std::uint32_t>(grams.size());
  std::ranges::sort(grams);
  const auto repeated = std::ranges::unique(grams);
  grams.erase(repeated.begin(), repeated.end());
  for (const std::uint64_t gram : grams) ++inverted.gram_counts[gram];
  return counts;
}

}  // namespace

Result<void> build_segment(Files& files, const std::filesystem::path& path,
                           const std::vector<const index::DocumentUpdate*>& updates) {
  SegmentWriter writer(files, path);
  TG_TRY_VOID(writer.begin());
  Inverted inverted;
  std::uint32_t place = 0;
  for (const index::DocumentUpdate* update : updates) {
    for (const index::Chunk& chunk : update->chunks) {
      const Counts counts = invert(inverted, chunk, place++);
      TG_TRY_VOID(writer.add_chunk(chunk, update->version, counts.words, counts.grams));
    }
  }
  TG_TRY_VOID(writer.end_chunks());
  inverted.stems = {};
  std::vector<std::pair<const std::string, std::vector<Posting>>*> terms;
  terms.reserve(inverted.postings.size());
  for (auto& entry : inverted.postings) terms.push_back(&entry);
  std::ranges::sort(terms, {},
                    [](const auto* entry) -> const std::string& { return entry->first; });
  for (auto* entry : terms) {
    TG_TRY_VOID(writer.add_term(entry->first, entry->second));
    entry->second = {};  // the writer has copied it: keeps one copy in memory
  }
  inverted.postings = {};
  std::vector<Segment::GramCount> grams;
  grams.reserve(inverted.gram_counts.size());
  for (const auto& [gram, count] : inverted.gram_counts) grams.push_back({gram, count});
  inverted.gram_counts = {};
  std::ranges::sort(grams, {}, &Segment::GramCount::gram);
  return writer.finish(grams);
}

}  // namespace tg::engine
