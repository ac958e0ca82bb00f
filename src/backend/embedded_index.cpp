#include "backend/embedded_index.hpp"

#include <map>
#include <mutex>
#include <set>

#include <fmt/core.h>

#include "backend/set_aside.hpp"
#include "engine/index.hpp"
#include "engine/vector_store.hpp"
#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "runtime/metrics.hpp"

namespace tg::backend {
namespace {

constexpr std::string_view kIndexDamage =
    "the search index is damaged: restart telegnosis, which rebuilds it";
constexpr std::string_view kRebuild =
    "the index was damaged or lost and is being rebuilt: until then results are incomplete";
constexpr std::string_view kVectorDamage =
    "stored vectors are damaged: restart telegnosis, then add the vectors again";
constexpr std::string_view kVectorsLost =
    "stored vectors were damaged and moved aside: add them again (POST /vectors/add)";

std::string collection_of(std::string_view source) {
  return source == "telegram" ? "telegram_posts" : "documents";
}

// The chunks of these documents in the index.
std::set<Uuid> live_chunks(const engine::Snapshot& chunks, const std::set<Uuid>& documents) {
  std::set<Uuid> live;
  chunks.each_live([&](engine::Snapshot::At, const engine::ColumnRecord& record) {
    if (documents.contains(record.document_id)) live.insert(record.chunk_id);
  });
  return live;
}

// Vectors whose chunk is not in the index.
std::set<Uuid> orphans(const engine::Snapshot& chunks, const engine::VectorSnapshot& vectors) {
  std::set<Uuid> left;
  std::set<Uuid> documents;
  vectors.each([&](const engine::VectorOwner& owner) {
    left.insert(owner.chunk_id);
    documents.insert(owner.document_id);
  });
  for (const Uuid& id : live_chunks(chunks, documents)) left.erase(id);
  return left;
}

class EmbeddedIndex final : public store::SearchIndex {
 public:
  EmbeddedIndex(std::unique_ptr<engine::Index> index, std::unique_ptr<engine::VectorStore> vectors,
                SetAside aside, ComputePool& pool, const Clock& clock)
      : index_(std::move(index)),
        vectors_(std::move(vectors)),
        aside_(std::move(aside)),
        pool_(pool),
        degradation_("vector", clock),
        metrics_(metrics::process_registry().collect(
            [this](metrics::Exposition& out) { write_metrics(out); })) {}

  store::IndexCapabilities capabilities() const override {
    return {.lexical = true, .dense = true};
  }

  Task<Result<void>> apply(index::Batch batch) override {
    co_return co_await pool_.run([this, b = std::move(batch)] { return watched(apply_now(b)); });
  }

  Task<Result<index::Hits>> search(index::Query query) override {
    co_return co_await pool_.run(
        [this, q = std::move(query)] { return watched(index_->snapshot()->search(q)); });
  }

  Task<Result<std::vector<index::Chunk>>> chunks_of(std::vector<index::ChunkRange> ranges,
                                                    std::vector<std::string> visible) override {
    co_return co_await pool_.run([this, r = std::move(ranges), v = std::move(visible)] {
      return watched(index_->snapshot()->chunks_of(r, v));
    });
  }

  Task<Result<std::vector<index::Chunk>>> chunks_of_post(
      std::int64_t channel_id, std::int64_t message_id, std::vector<std::string> visible) override {
    co_return co_await pool_.run([this, channel_id, message_id, v = std::move(visible)] {
      return watched(index_->snapshot()->chunks_of_post(channel_id, message_id, v));
    });
  }

  Task<Result<std::vector<index::StoredId>>> ids(std::optional<Uuid> after,
                                                 std::size_t limit) override {
    co_return co_await pool_.run([this, after, limit]() -> Result<std::vector<index::StoredId>> {
      return index_->snapshot()->ids(after, limit);
    });
  }

  Task<Result<void>> add_vectors(std::vector<index::ChunkVector> vectors,
                                 std::vector<std::string> visible) override {
    co_return co_await pool_.run(
        [this, list = std::move(vectors), v = std::move(visible)] { return add_now(list, v); });
  }

  Task<Result<std::vector<index::VectorHit>>> search_vectors(index::VectorQuery query) override {
    co_return co_await pool_.run([this, q = std::move(query)] {
      // Vectors before chunks: the chunks of a vector were indexed before it was added.
      const auto vectors = vectors_->snapshot();
      return watched(engine::search_vectors(*index_->snapshot(), *vectors, q));
    });
  }

  Task<Result<bool>> remove_vector(Uuid chunk_id, std::vector<std::string> visible) override {
    co_return co_await pool_.run([this, chunk_id, v = std::move(visible)]() -> Result<bool> {
      const std::scoped_lock lock(changing_);
      if (!find_owners({chunk_id}, v).contains(chunk_id)) return false;
      TG_TRY(const std::size_t removed, vectors_->remove({chunk_id}));
      return removed > 0;
    });
  }

  std::vector<index::Collection> collections() const override {
    std::vector<index::Collection> all;
    const auto current = vectors_->snapshot();
    for (const engine::VectorCollection& collection : current->collections()) {
      all.push_back({.name = collection.name,
                     .model = collection.model,
                     .dimension = static_cast<std::int64_t>(collection.dimension),
                     .vectors = static_cast<std::int64_t>(collection.size())});
    }
    return all;
  }

  Task<Result<std::vector<std::string>>> check() override {
    co_return co_await pool_.run([this]() -> Result<std::vector<std::string>> {
      const std::scoped_lock lock(changing_);
      std::vector<std::string> problems = index_->check();
      if (!problems.empty()) note_damage("index", kIndexDamage, problems.front());
      const std::vector<std::string> of_vectors = vectors_->check();
      if (!of_vectors.empty()) note_damage("vectors", kVectorDamage, of_vectors.front());
      problems.insert(problems.end(), of_vectors.begin(), of_vectors.end());
      if (!index_->is_being_rebuilt()) {
        for (const Uuid& id : orphans(*index_->snapshot(), *vectors_->snapshot()))
          problems.push_back(
              fmt::format("chunk {} has a vector but is not in the index", id.text()));
      }
      for (const Degradation::Mode& mode : degradation_.current()) problems.push_back(mode.reason);
      return problems;
    });
  }

  Task<Result<void>> erase() override {
    co_return co_await pool_.run([this]() -> Result<void> {
      const std::scoped_lock lock(changing_);
      {
        const std::scoped_lock noting(noting_);
        TG_TRY_VOID(aside_.erase());
      }
      TG_TRY_VOID(watched(index_->erase()));
      return vectors_->erase();
    });
  }

  Task<Result<void>> copy_to(std::string folder) override {
    co_return co_await pool_.run([this, f = std::filesystem::path(folder)]() -> Result<void> {
      const std::scoped_lock lock(changing_);
      TG_TRY_VOID(index_->copy_to(f / "index"));
      return vectors_->copy_to(f / "vectors");
    });
  }

  index::Statistics statistics() const override {
    index::Statistics statistics = index_->statistics();
    const auto current = vectors_->snapshot();
    for (const engine::VectorCollection& collection : current->collections()) {
      for (const engine::LiveVectors& live : collection.segments) {
        statistics.disk_bytes += static_cast<std::int64_t>(live.segment->file_size());
        statistics.memory_bytes += live.segment->memory_bytes();
      }
    }
    return statistics;
  }

  std::vector<Degradation::Mode> degraded() const override { return degradation_.current(); }

  // Called once after opening. `lost_vectors`: damaged vectors were moved aside.
  Result<void> start(bool lost_vectors) {
    if (lost_vectors) degradation_.enter("vectors", kVectorsLost);
    if (index_->is_being_rebuilt()) degradation_.enter("index", kRebuild);
    return remove_orphans();
  }

 private:
  // Removes vectors without a chunk, which a crash in the middle of apply_now() leaves behind. Not
  // while the index is being rebuilt: the chunks of most vectors are yet to be indexed.
  Result<void> remove_orphans() {
    const auto vectors = vectors_->snapshot();
    if (vectors->empty() || index_->is_being_rebuilt()) return {};
    TG_TRY_VOID(vectors_->remove(orphans(*index_->snapshot(), *vectors)));
    return {};
  }

  template <typename T>
  Result<T> watched(Result<T> result) {
    if (!result && result.error().reason == kDamaged)
      note_damage("index", result.error().message, result.error().detail);
    return result;
  }

  // Records the damage durably, so that the next start replaces the part.
  void note_damage(const std::string& part, std::string_view reason, const std::string& detail) {
    degradation_.enter(part, reason);
    const std::scoped_lock lock(noting_);
    if (!reported_.insert(part).second) return;
    log::error("damage found", {{"part", part}, {"detail", detail}});
    if (const auto noted = aside_.report(part, detail); !noted)
      log::error("damage could not be noted", {{"part", part}, {"detail", noted.error().detail}});
  }

  bool is_damaged(const std::string& part) {
    const std::scoped_lock lock(noting_);
    return reported_.contains(part);
  }

  void write_metrics(metrics::Exposition& out) const {
    const index::Statistics now = statistics();
    const auto gauge = [&out](std::string_view name, std::string_view help, std::int64_t value) {
      out.gauge(name, help, {}, static_cast<double>(value));
    };
    gauge("telegnosis_index_memory_bytes", "anonymous memory used by the index", now.memory_bytes);
    gauge("telegnosis_index_disk_bytes", "size of the index files", now.disk_bytes);
    gauge("telegnosis_index_chunks", "searchable chunks", now.chunks);
    gauge("telegnosis_index_documents", "documents with searchable chunks", now.documents);
  }

  Result<void> apply_now(const index::Batch& batch) {
    const std::scoped_lock lock(changing_);
    TG_TRY_VOID(index_->apply(batch));
    TG_TRY_VOID(TG_FAULT_RESULT("index.after_words_before_vectors"));
    const auto vectors = vectors_->snapshot();
    if (batch.rebuilt) TG_TRY_VOID(finish_rebuild());
    if (vectors->empty()) return {};
    if (!batch.drop_access.empty() || batch.rebuilt) return remove_orphans();
    std::set<Uuid> documents;
    for (const index::DocumentUpdate& update : batch.documents)
      documents.insert(update.document_id);
    std::set<Uuid> left;
    vectors->each([&](const engine::VectorOwner& owner) {
      if (documents.contains(owner.document_id)) left.insert(owner.chunk_id);
    });
    if (left.empty()) return {};
    for (const Uuid& id : live_chunks(*index_->snapshot(), documents)) left.erase(id);
    TG_TRY_VOID(vectors_->remove(left));
    return {};
  }

  Result<void> finish_rebuild() {
    const std::scoped_lock lock(noting_);
    if (reported_.contains("index")) return {};
    degradation_.leave("index");
    return aside_.erase("index");
  }

  struct Found {
    Uuid document_id;
    std::string collection;
  };
  std::map<Uuid, Found> find_owners(const std::set<Uuid>& chunk_ids,
                                    const std::vector<std::string>& visible) const {
    std::map<Uuid, Found> found;
    const auto chunks = index_->snapshot();
    chunks->each_passing(
        {.visible = visible}, [&](engine::Snapshot::At at, const engine::ColumnRecord& record) {
          if (!chunk_ids.contains(record.chunk_id)) return;
          found[record.chunk_id] = {record.document_id,
                                    collection_of(chunks->string(at, record.source))};
        });
    return found;
  }

  Result<void> add_now(const std::vector<index::ChunkVector>& vectors,
                       const std::vector<std::string>& visible) {
    const std::scoped_lock lock(changing_);
    std::set<Uuid> ids;
    for (const index::ChunkVector& vector : vectors) ids.insert(vector.chunk_id);
    const auto owners = find_owners(ids, visible);
    std::vector<engine::VectorStore::Put> puts;
    for (const index::ChunkVector& vector : vectors) {
      const auto found = owners.find(vector.chunk_id);
      if (found == owners.end()) return not_found(fmt::format("chunk {}", vector.chunk_id.text()));
      puts.push_back({.collection = found->second.collection,
                      .model = vector.model,
                      .owner = {vector.chunk_id, found->second.document_id},
                      .values = vector.values});
    }
    TG_TRY_VOID(vectors_->put(puts));
    if (!is_damaged("vectors")) degradation_.leave("vectors");
    return {};
  }

  std::unique_ptr<engine::Index> index_;
  std::unique_ptr<engine::VectorStore> vectors_;
  std::mutex noting_;
  SetAside aside_;                  // guarded by noting_
  std::set<std::string> reported_;  // damaged parts; guarded by noting_
  ComputePool& pool_;
  Degradation degradation_;
  metrics::Registry::Handle metrics_;  // destroyed before the members that it reads
  std::mutex changing_;  // held to change index and vectors, or to see both consistent
};

}  // namespace

Result<std::unique_ptr<store::SearchIndex>> open_embedded_index(const std::filesystem::path& folder,
                                                                ComputePool& pool,
                                                                const Clock& clock, Files& files) {
  TG_TRY_VOID(files.make_folders(folder));
  SetAside aside(folder, files, clock);
  TG_TRY(auto vectors, aside.open("vectors", [&] {
    return engine::VectorStore::open(folder / "vectors", files);
  }));
  const bool has_lost_vectors = aside.has_moved("vectors");
  TG_TRY(auto index, aside.open("index", [&]() -> Result<std::unique_ptr<engine::Index>> {
    TG_TRY(const bool was_damaged, aside.holds("index"));
    return engine::Index::open(folder / "index", files,
                               was_damaged || !vectors->snapshot()->empty());
  }));
  auto made = std::make_unique<EmbeddedIndex>(std::move(index), std::move(vectors),
                                              std::move(aside), pool, clock);
  TG_TRY_VOID(made->start(has_lost_vectors));
  return made;
}

}  // namespace tg::backend
