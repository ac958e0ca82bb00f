// The embedded search index: batches of changes in, snapshots out.
//
//   TG_TRY(auto index, Index::open(folder, disk_files()));
//   TG_TRY_VOID(index->apply({.documents = {update}}));  // durable and searchable when it returns
//   const index::Query query{.text = "орбита", .filter = {.visible = {"space:default"}}};
//   TG_TRY(auto hits, index->snapshot()->search(query));
//
// Immutable segments and a manifest that is replaced atomically: what the manifest names is the
// index, every other file is litter of a crash and goes at the next start. Merging keeps segments
// few; it stops at 65,536 chunks, which bounds the memory and the time of a merge. One writer at a
// time (apply, erase take a lock); snapshots never wait for it. All calls block: use the compute
// pool.
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
#include "engine/segment.hpp"
#include "runtime/files.hpp"

namespace tg::engine {

struct UuidHash {
  std::size_t operator()(const Uuid& id) const;
};

// A segment with what has been deleted from it since it was written.
struct LiveSegment {
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<std::vector<bool>> deleted;  // by place; never changed once a snapshot has it
  std::size_t deleted_count = 0;
  std::size_t live() const { return segment->size() - deleted_count; }
};

// The index as it was at one moment. Immutable: any thread, any number.
class Snapshot {
 public:
  Result<index::Hits> search(const index::Query& query) const;
  // Chunks of these documents (in order of documents, then ordinals) that pass the visible set.
  Result<std::vector<index::Chunk>> chunks_of(const std::vector<Uuid>& documents,
                                              const std::vector<std::string>& visible) const;
  // The chunks of one post.
  Result<std::vector<index::Chunk>> chunks_of_post(std::int64_t channel_id, std::int64_t message_id,
                                                   const std::vector<std::string>& visible) const;
  // Every live chunk's ids, ordered by chunk id, after `after` (for fsck).
  std::vector<index::StoredId> ids(std::optional<Uuid> after, std::size_t limit) const;
  std::size_t size() const;
  std::int64_t version() const { return version_; }

  // Where a chunk lies in this snapshot.
  struct At {
    std::size_t segment = 0;
    std::size_t place = 0;
  };
  using OnChunk = std::function<void(At, const ColumnRecord&)>;
  void each_live(const OnChunk& on_chunk) const;
  void each_passing(const index::Filter& filter, const OnChunk& on_chunk) const;
  Result<index::Chunk> chunk(At at) const { return segments_[at.segment].segment->chunk(at.place); }
  std::string_view string(At at, std::uint32_t place) const {
    return segments_[at.segment].segment->string(place);
  }

 private:
  friend class Index;
  std::vector<LiveSegment> segments_;
  std::string id_;  // of the index
  std::int64_t version_ = 0;
};

class Index {
 public:
  // Creates the folder's content where there is none. "index.damaged": delete the folder and
  // rebuild.
  static Result<std::unique_ptr<Index>> open(std::filesystem::path folder, Files& files);

  Result<void> apply(const index::Batch& batch);
  std::shared_ptr<const Snapshot> snapshot() const;
  index::Statistics statistics() const;
  // Rewrites the segments that hold deleted texts, so that no file does.
  Result<void> erase();
  // Reads every text and checks every checksum; what is wrong, in words.
  std::vector<std::string> check() const;
  // A consistent copy of the files.
  Result<void> copy_to(const std::filesystem::path& folder) const;

 private:
  struct Place {
    std::uint64_t segment;  // its number
    std::uint32_t first;
    std::uint32_t count;
    std::int64_t version;
  };
  struct Open {
    std::uint64_t number;
    LiveSegment live;
  };

  Index(std::filesystem::path folder, Files& files) : folder_(std::move(folder)), files_(files) {}
  Result<void> load();
  Result<void> create();
  Result<void> commit(std::vector<Open> segments);
  Result<std::vector<Open>> merged(std::vector<Open> segments);
  Result<Open> merge(const std::vector<Open>& parts);
  Result<Open> write_segment(const std::vector<const index::DocumentUpdate*>& updates);
  void locate(const Open& open);
  std::unexpected<Error> undo(Error error);
  Result<void> remove_unnamed();
  void remove_document(std::vector<Open>& segments, std::set<std::uint64_t>& own,
                       const Uuid& document);
  Result<void> remove_litter(const std::vector<Open>& segments);
  std::filesystem::path segment_path(std::uint64_t number) const;

  const std::filesystem::path folder_;
  Files& files_;
  mutable std::mutex writing_;
  std::uint64_t next_number_ = 1;                               // guarded by writing_
  std::set<std::uint64_t> on_disk_;                             // guarded by writing_
  std::vector<Open> segments_;                                  // guarded by writing_
  boost::unordered_flat_map<Uuid, Place, UuidHash> documents_;  // guarded by writing_
  std::atomic<std::int64_t> document_count_ = 0;
  mutable std::mutex publishing_;
  std::shared_ptr<const Snapshot> snapshot_;  // guarded by publishing_
};

}  // namespace tg::engine
