#include "engine/segment_filter.hpp"

#include <algorithm>

namespace tg::engine {

SegmentFilter::SegmentFilter(const LiveSegment& live, const ChangedCounts& counts,
                             const index::Filter& filter)
    : live_(live), counts_(counts), filter_(filter) {
  const Segment& segment = *live.segment;
  visible_.resize(segment.string_count());
  for (std::uint32_t i = 0; i < segment.string_count(); ++i) {
    visible_[i] = std::ranges::find(filter.visible, segment.string(i)) != filter.visible.end();
  }
  source_ = place_of(filter.source);
  document_type_ = place_of(filter.document_type);
  media_type_ = place_of(filter.media_type);
  lang_ = place_of(filter.lang);
  empty_ = place_of(std::string());
}

bool SegmentFilter::passes(std::uint32_t place) const {
  if (live_.is_deleted(place)) return false;
  const ColumnRecord& record = live_.segment->record(place);
  if (!visible_[record.access]) return false;
  if (filter_.source && record.source != source_) return false;
  if (filter_.document_type && record.document_type != document_type_) return false;
  if (filter_.media_type && record.media_type != media_type_) return false;
  if (filter_.has_media && (record.media_type != empty_) != *filter_.has_media) return false;
  if (filter_.lang && record.lang != lang_) return false;
  if (filter_.min_views && views_of(record) < *filter_.min_views) return false;
  if (filter_.date_from_ms && record.date_ms < *filter_.date_from_ms) return false;
  if (filter_.date_until_ms && record.date_ms >= *filter_.date_until_ms) return false;
  if (filter_.document_id && record.document_id != *filter_.document_id) return false;
  return filter_.channel_ids.empty() ||
         std::ranges::find(filter_.channel_ids, record.channel_id) != filter_.channel_ids.end();
}

std::int64_t SegmentFilter::views_of(const ColumnRecord& record) const {
  const auto changed = counts_.find(record.document_id);
  return changed == counts_.end() ? record.views : changed->second.views;
}

std::uint32_t SegmentFilter::place_of(const std::optional<std::string>& word) const {
  if (!word) return kNowhere;
  for (std::uint32_t i = 0; i < live_.segment->string_count(); ++i) {
    if (live_.segment->string(i) == *word) return i;
  }
  return kNowhere;
}

}  // namespace tg::engine
