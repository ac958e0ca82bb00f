// The embedded search index: batches of changes in, snapshots out.
//
//   TG_TRY(auto index, Index::open(folder, disk_files()));
//   TG_TRY_VOID(index->apply({.documents = {update}}));  // durable and searchable when it returns
//   const index::Query query{.text = "орбита", .filter = {.visible = {"space:default"}}};
//   TG_TRY(auto hits, index->snapshot()->search(query));
//
// The index is a set of immutable segments named by a manifest (engine/manifest_folder.hpp).
// Merging keeps the number of segments small; segments of more than 65,536 chunks are not merged
// any further, which bounds the memory and time that a merge takes. Thread-safe: changes are
// serialised by a lock, snapshots never wait for it. All calls block: use the compute pool.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/error.hpp"
#include "base/index.hpp"
#include "engine/counts.hpp"
#include "engine/manifest_folder.hpp"
#include "engine/segment.hpp"
#include "runtime/files.hpp"

namespace tg::engine {

using LiveSegment = Live<Segment>;

// The index at one moment. Immutable, hence thread-safe.
class Snapshot {
 public:
  Result<index::Hits> search(const index::Query& query) const;
  // Each chunk of the ranges that the visible set lets through once, by document and ordinal.
  Result<std::vector<index::Chunk>> chunks_of(const std::vector<index::ChunkRange>& ranges,
                                              const std::vector<std::string>& visible) const;
  // The chunks of one post.
  Result<std::vector<index::Chunk>> chunks_of_post(std::int64_t channel_id, std::int64_t message_id,
                                                   const std::vector<std::string>& visible) const;
  // The ids of live chunks in ascending order, starting after `after` (for fsck).
  std::vector<index::StoredId> ids(std::optional<Uuid> after, std::size_t limit) const;
  std::size_t size() const;
  std::int64_t version() const { return version_; }

  // Position of a chunk in this snapshot.
  struct At {
    std::size_t segment = 0;
    std::size_t place = 0;  // index of the chunk in its segment
  };
  using OnChunk = std::function<void(At, const ColumnRecord&)>;
  void each_live(const OnChunk& on_chunk) const;
  void each_passing(const index::Filter& filter, const OnChunk& on_chunk) const;
  Result<index::Chunk> chunk(At at) const;
  std::string_view string(At at, std::uint32_t place) const {
    return segments_[at.segment].segment->string(place);
  }

 private:
  friend class Index;
  Result<void> append_visible(std::size_t segment, const auto& places,
                              const std::vector<std::string>& visible,
                              std::vector<index::Chunk>& chunks) const;

  std::vector<LiveSegment> segments_;
  std::shared_ptr<const ChangedCounts> counts_ = std::make_shared<ChangedCounts>();
  std::string id_;  // of the index
  bool is_being_rebuilt_ = false;
  std::int64_t version_ = 0;
};

class Index {
 public:
  // Begins an empty index where the folder holds none; it counts as being rebuilt if
  // `is_replacement`. Errors: "index.damaged", "index.newer".
  static Result<std::unique_ptr<Index>> open(std::filesystem::path folder, Files& files,
                                             bool is_replacement = false);

  // Durable and searchable when it returns. After an error the index is unchanged, or the batch was
  // applied: repeating it is safe.
  Result<void> apply(const index::Batch& batch);
  std::shared_ptr<const Snapshot> snapshot() const;
  index::Statistics statistics() const;
  // True from the replacement of another index until a batch with `rebuilt` set; survives restarts.
  bool is_being_rebuilt() const;
  // Rewrites the segments that contain deleted texts, so that no file contains any.
  Result<void> erase();
  // Reads every text and verifies every checksum. Returns one sentence per violation.
  std::vector<std::string> check() const;
  // A consistent copy of the files.
  Result<void> copy_to(const std::filesystem::path& folder) const;

 private:
  // Position of a document's chunks, which are contiguous within one segment.
  struct Place {
    std::uint64_t segment;  // its number
    std::uint32_t first;
    std::uint32_t count;
    std::int64_t version;
  };

  Index(std::filesystem::path folder, Files& files);
  Result<void> load(bool is_replacement);
  Result<void> create(bool is_replacement);
  Result<void> change(const index::Batch& batch);
  Result<void> commit(std::vector<LiveSegment> segments, ChangedCounts counts,
                      bool is_being_rebuilt);
  Result<std::vector<LiveSegment>> merged(std::vector<LiveSegment> segments, ChangedCounts& counts);
  Result<LiveSegment> merge(const std::vector<LiveSegment>& parts, ChangedCounts& counts);
  std::optional<std::uint64_t> segment_to_rewrite(const ChangedCounts& counts) const;
  Result<LiveSegment> write_segment(const std::vector<const index::DocumentUpdate*>& updates);
  void locate(const LiveSegment& live);
  // After a failed change `documents_` may refer to segments that were not committed.
  std::unexpected<Error> undo(Error error);
  void remove_document(std::vector<LiveSegment>& segments, std::set<std::uint64_t>& own,
                       const Uuid& document);

  Files& files_;
  mutable std::mutex writing_;
  ManifestFolder folder_;                                       // guarded by writing_
  std::vector<LiveSegment> segments_;                           // guarded by writing_
  boost::unordered_flat_map<Uuid, Place, UuidHash> documents_;  // guarded by writing_
  std::atomic<std::int64_t> document_count_ = 0;
  mutable std::mutex publishing_;
  std::shared_ptr<const Snapshot> snapshot_;  // guarded by publishing_
};

}  // namespace tg::engine
