// A filter prepared for one segment: its strings are looked up in the segment's string table once,
// so that testing a chunk compares numbers only. Refers to its arguments, which must outlive it.
// Immutable, hence thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/index.hpp"
#include "engine/index.hpp"

namespace tg::engine {

class SegmentFilter {
 public:
  SegmentFilter(const LiveSegment& live, const ChangedCounts& counts, const index::Filter& filter);
  // False for deleted chunks, too.
  bool passes(std::uint32_t place) const;

 private:
  static constexpr std::uint32_t kNowhere = 0xFFFFFFFF;

  std::uint32_t place_of(const std::optional<std::string>& word) const;

  std::int64_t views_of(const ColumnRecord& record) const;

  const LiveSegment& live_;
  const ChangedCounts& counts_;
  const index::Filter& filter_;
  std::vector<bool> visible_;  // by place in the string table
  std::uint32_t source_ = kNowhere;
  std::uint32_t document_type_ = kNowhere;
  std::uint32_t media_type_ = kNowhere;
  std::uint32_t lang_ = kNowhere;
  std::uint32_t empty_ = kNowhere;
};

}  // namespace tg::engine
