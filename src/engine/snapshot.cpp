// Reading a snapshot; search.cpp has the ranking.
#include <algorithm>
#include <set>
#include <tuple>

#include "engine/index.hpp"
#include "engine/segment_filter.hpp"

namespace tg::engine {
namespace {

bool is_visible(const LiveSegment& live, std::size_t place,
                const std::vector<std::string>& visible) {
  const ColumnRecord& record = live.segment->record(place);
  return !live.is_deleted(place) &&
         std::ranges::find(visible, live.segment->string(record.access)) != visible.end();
}

}  // namespace

Result<index::Chunk> Snapshot::chunk(At at) const {
  TG_TRY(auto chunk, segments_[at.segment].segment->chunk(at.place));
  apply_counts(*counts_, chunk);
  return chunk;
}

Result<void> Snapshot::append_visible(std::size_t segment, const auto& places,
                                      const std::vector<std::string>& visible,
                                      std::vector<index::Chunk>& chunks) const {
  for (const std::uint32_t place : places) {
    if (!is_visible(segments_[segment], place, visible)) continue;
    TG_TRY(auto found, chunk({segment, place}));
    chunks.push_back(std::move(found));
  }
  return {};
}

Result<std::vector<index::Chunk>> Snapshot::chunks_of(
    const std::vector<index::ChunkRange>& ranges, const std::vector<std::string>& visible) const {
  std::vector<index::Chunk> chunks;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const Segment& segment = *segments_[s].segment;
    std::set<std::uint32_t> places;  // ranges may overlap
    for (const index::ChunkRange& range : ranges) {
      for (const std::uint32_t place : segment.of_document(range.document_id)) {
        const std::int32_t ordinal = segment.record(place).ordinal;
        if (range.first <= ordinal && ordinal <= range.last) places.insert(place);
      }
    }
    TG_TRY_VOID(append_visible(s, places, visible, chunks));
  }
  std::ranges::sort(chunks, [](const index::Chunk& a, const index::Chunk& b) {
    return std::tie(a.document_id, a.ordinal) < std::tie(b.document_id, b.ordinal);
  });
  return chunks;
}

Result<std::vector<index::Chunk>> Snapshot::chunks_of_post(
    std::int64_t channel_id, std::int64_t message_id,
    const std::vector<std::string>& visible) const {
  std::vector<index::Chunk> chunks;
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    TG_TRY_VOID(
        append_visible(s, segments_[s].segment->of_post(channel_id, message_id), visible, chunks));
  }
  return chunks;
}

std::vector<index::StoredId> Snapshot::ids(std::optional<Uuid> after, std::size_t limit) const {
  std::vector<index::StoredId> all;
  for (const LiveSegment& live : segments_) {
    for (std::size_t i = 0; i < live.segment->size(); ++i) {
      const ColumnRecord& record = live.segment->record(i);
      if (live.is_deleted(i) || (after && record.chunk_id <= *after)) continue;
      all.push_back({record.chunk_id, record.document_id, record.version});
    }
  }
  std::ranges::sort(all, {}, &index::StoredId::chunk_id);
  if (all.size() > limit) all.resize(limit);
  return all;
}

void Snapshot::each_live(const OnChunk& on_chunk) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    for (std::size_t i = 0; i < segments_[s].segment->size(); ++i) {
      if (!segments_[s].is_deleted(i)) on_chunk({s, i}, segments_[s].segment->record(i));
    }
  }
}

void Snapshot::each_passing(const index::Filter& filter, const OnChunk& on_chunk) const {
  for (std::size_t s = 0; s < segments_.size(); ++s) {
    const SegmentFilter passing(segments_[s], *counts_, filter);
    for (std::uint32_t i = 0; i < segments_[s].segment->size(); ++i) {
      if (passing.passes(i)) on_chunk({s, i}, segments_[s].segment->record(i));
    }
  }
}

std::size_t Snapshot::size() const {
  std::size_t count = 0;
  for (const LiveSegment& live : segments_) count += live.live();
  return count;
}

}  // namespace tg::engine
