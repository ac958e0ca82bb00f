#include "engine/merge.hpp"

#include <algorithm>
#include <limits>

namespace tg::engine {
namespace {

constexpr std::uint32_t kGone = std::numeric_limits<std::uint32_t>::max();

// K-way merge: calls take() with each distinct value in ascending order and the parts' positions.
template <typename Value, typename Next, typename Take>
Result<void> merge_sorted(std::size_t parts, Next next, Take take) {
  std::vector<std::size_t> at(parts, 0);
  while (true) {
    std::optional<Value> smallest;
    for (std::size_t p = 0; p < parts; ++p) {
      const std::optional<Value> value = next(p, at[p]);
      if (value && (!smallest || *value < *smallest)) smallest = value;
    }
    if (!smallest) return {};
    TG_TRY_VOID(take(*smallest, at));
  }
}

Result<void> merge_terms(SegmentWriter& writer, const std::vector<LiveSegment>& parts,
                         const std::vector<std::vector<std::uint32_t>>& places) {
  const auto next = [&](std::size_t p, std::size_t at) -> std::optional<std::string_view> {
    const Segment& segment = *parts[p].segment;
    if (at >= segment.term_count()) return std::nullopt;
    return segment.term(at);
  };
  std::vector<Posting> postings;
  const auto take = [&](std::string_view term, std::vector<std::size_t>& at) -> Result<void> {
    postings.clear();
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (next(p, at[p]) != term) continue;
      for (const Posting& posting : parts[p].segment->postings(at[p])) {
        if (places[p][posting.chunk] != kGone)
          postings.push_back({places[p][posting.chunk], posting.frequency});
      }
      ++at[p];
    }
    return postings.empty() ? Result<void>() : writer.add_term(term, postings);
  };
  return merge_sorted<std::string_view>(parts.size(), next, take);
}

Result<std::vector<Segment::GramCount>> merge_grams(const std::vector<LiveSegment>& parts) {
  std::vector<Segment::GramCount> grams;
  const auto next = [&](std::size_t p, std::size_t at) -> std::optional<std::uint64_t> {
    const auto counts = parts[p].segment->gram_counts();
    if (at >= counts.size()) return std::nullopt;
    return counts[at].gram;
  };
  const auto take = [&](std::uint64_t gram, std::vector<std::size_t>& at) -> Result<void> {
    std::uint64_t count = 0;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      if (next(p, at[p]) == gram) count += parts[p].segment->gram_counts()[at[p]++].count;
    }
    grams.push_back({gram, count});
    return {};
  };
  TG_TRY_VOID(merge_sorted<std::uint64_t>(parts.size(), next, take));
  return grams;
}

}  // namespace

Result<void> merge_segments(Files& files, const std::filesystem::path& path,
                            const std::vector<LiveSegment>& parts, const ChangedCounts& counts) {
  SegmentWriter writer(files, path);
  TG_TRY_VOID(writer.begin());
  std::vector<std::vector<std::uint32_t>> places;
  std::uint32_t place = 0;
  for (const LiveSegment& part : parts) {
    std::vector<std::uint32_t>& map = places.emplace_back(part.segment->size(), kGone);
    for (std::size_t i = 0; i < part.segment->size(); ++i) {
      if (part.is_deleted(i)) continue;
      TG_TRY(index::Chunk chunk, part.segment->chunk(i));
      apply_counts(counts, chunk);
      const ColumnRecord& record = part.segment->record(i);
      TG_TRY_VOID(writer.add_chunk(chunk, record.version, record.word_count, record.gram_count));
      map[i] = place++;
    }
  }
  TG_TRY_VOID(writer.end_chunks());
  TG_TRY_VOID(merge_terms(writer, parts, places));
  TG_TRY(const auto grams, merge_grams(parts));
  return writer.finish(grams);
}

}  // namespace tg::engine
