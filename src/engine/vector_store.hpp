// Stores dense vectors of chunks for exact search: batches of changes in, snapshots out.
//
//   TG_TRY(auto vectors, VectorStore::open(folder, disk_files()));
//   TG_TRY_VOID(vectors->put({{"documents", "e5-small", {{owner, numbers}}}}));
//   TG_TRY(auto hits, search_vectors(*index->snapshot(), *vectors->snapshot(), query));
//
// Organised like the index (engine/index.hpp): immutable files and a manifest that also lists the
// deleted vectors. The first vector of a collection determines its model and dimension.
// Thread-safe: changes are serialised by a lock, snapshots never wait for it. All calls block: use
// the compute pool.
#pragma once

#include <mutex>
#include <set>

#include "base/index.hpp"
#include "engine/manifest_folder.hpp"
#include "engine/vector_segment.hpp"

namespace tg::engine {

using LiveVectors = Live<VectorSegment>;

struct VectorCollection {
  std::string name;
  std::string model;
  std::size_t dimension = 0;
  std::vector<LiveVectors> segments;

  // The live vector of a chunk; empty if there is none.
  std::span<const float> find(const Uuid& chunk_id) const;
  std::size_t size() const;
};

// All vectors at one moment. Immutable, hence thread-safe.
class VectorSnapshot {
 public:
  const std::vector<VectorCollection>& collections() const { return collections_; }
  bool empty() const;
  bool contains(const Uuid& chunk_id) const;
  void each(const std::function<void(const VectorOwner&)>& on_vector) const;

 private:
  friend class VectorStore;
  std::vector<VectorCollection> collections_;
};

class VectorStore {
 public:
  static Result<std::unique_ptr<VectorStore>> open(std::filesystem::path folder, Files& files);

  struct Put {
    std::string collection;
    std::string model;
    VectorOwner owner;
    std::vector<float> values;
  };
  // All or nothing. A vector replaces the chunk's previous one in any collection. A mismatch of
  // model or dimension is Code::validation with the field "vectors[i].model_name" or
  // "vectors[i].embedding".
  Result<void> put(const std::vector<Put>& vectors);
  // Returns the number of vectors removed.
  Result<std::size_t> remove(const std::set<Uuid>& chunk_ids);
  // Rewrites all files, so that none contains a deleted vector.
  Result<void> erase();
  std::shared_ptr<const VectorSnapshot> snapshot() const;
  // Verifies all files. Returns one sentence per violation.
  std::vector<std::string> check() const;
  Result<void> copy_to(const std::filesystem::path& folder) const;

 private:
  VectorStore(std::filesystem::path folder, Files& files);
  Result<void> load();
  Result<LiveVectors> write(std::size_t dimension, const std::vector<const Put*>& vectors);
  Result<LiveVectors> merge(std::size_t dimension, const std::vector<LiveVectors>& parts);
  Result<void> merge_crowded(VectorCollection& collection);
  Result<void> commit(std::vector<VectorCollection> collections);

  Files& files_;
  mutable std::mutex writing_;
  ManifestFolder folder_;  // guarded by writing_
  mutable std::mutex publishing_;
  std::shared_ptr<const VectorSnapshot> snapshot_;  // guarded by publishing_
};

// The nearest chunks that pass the filter. Collections whose dimension differs from the query's are
// skipped; if that leaves none, the error is Code::validation with the field "query_embedding".
Result<std::vector<index::VectorHit>> search_vectors(const Snapshot& chunks,
                                                     const VectorSnapshot& vectors,
                                                     const index::VectorQuery& query);

}  // namespace tg::engine
