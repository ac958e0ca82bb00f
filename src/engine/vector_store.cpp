#include "engine/vector_store.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "runtime/fault.hpp"

namespace tg::engine {
namespace {

namespace fs = std::filesystem;

// A collection with this many files has some of them merged.
constexpr std::size_t kMergeFactor = 8;
constexpr ManifestFolder::Kind kFolderKind{
    .what = "the vector store", .extension = ".vectors", .format = 2};

struct CollectionEntry {
  std::string name;
  std::string model;
  std::int64_t dimension = 0;
  std::vector<LiveEntry> segments;
};
BOOST_DESCRIBE_STRUCT(CollectionEntry, (), (name, model, dimension, segments))

// The content of the manifest.
struct Content {
  std::vector<CollectionEntry> collections;
};
BOOST_DESCRIBE_STRUCT(Content, (), (collections))

CollectionEntry entry_of(const VectorCollection& collection) {
  CollectionEntry entry{.name = collection.name,
                        .model = collection.model,
                        .dimension = static_cast<std::int64_t>(collection.dimension),
                        .segments = {}};
  for (const LiveVectors& live : collection.segments)
    entry.segments.push_back(engine::entry_of(live));
  return entry;
}

// Marks vectors as deleted in copies of the bitmaps, which snapshots share.
std::size_t remove_from(std::vector<VectorCollection>& collections,
                        const std::set<Uuid>& chunk_ids) {
  std::size_t removed = 0;
  for (VectorCollection& collection : collections) {
    for (LiveVectors& live : collection.segments) {
      std::shared_ptr<std::vector<bool>> own;
      for (const Uuid& id : chunk_ids) {
        const auto place = live.segment->find(id);
        if (!place || (*(own ? own : live.deleted))[*place]) continue;
        if (!own) own = std::make_shared<std::vector<bool>>(*live.deleted);
        (*own)[*place] = true;
        ++live.deleted_count;
        ++removed;
      }
      if (own) live.deleted = std::move(own);
    }
  }
  return removed;
}

Result<void> check_fit(const VectorCollection& collection, const VectorStore::Put& put,
                       std::size_t i) {
  if (put.model != collection.model)
    return invalid(
        fmt::format("vectors[{}].model_name", i),
        fmt::format("must be {}, the model of collection {}", collection.model, collection.name));
  if (put.values.size() != collection.dimension)
    return invalid(fmt::format("vectors[{}].embedding", i),
                   fmt::format("must have {} dimensions, like collection {}", collection.dimension,
                               collection.name));
  return {};
}

}  // namespace

std::span<const float> VectorCollection::find(const Uuid& chunk_id) const {
  for (const LiveVectors& live : segments) {
    const auto place = live.segment->find(chunk_id);
    if (place && !live.is_deleted(*place)) return live.segment->vector(*place);
  }
  return {};
}

std::size_t VectorCollection::size() const {
  std::size_t count = 0;
  for (const LiveVectors& live : segments) count += live.live();
  return count;
}

bool VectorSnapshot::empty() const {
  return std::ranges::all_of(collections_, [](const auto& c) { return c.size() == 0; });
}

bool VectorSnapshot::contains(const Uuid& chunk_id) const {
  return std::ranges::any_of(collections_,
                             [&](const auto& c) { return !c.find(chunk_id).empty(); });
}

void VectorSnapshot::each(const std::function<void(const VectorOwner&)>& on_vector) const {
  for (const VectorCollection& collection : collections_) {
    for (const LiveVectors& live : collection.segments) {
      for (std::size_t i = 0; i < live.segment->size(); ++i) {
        if (!live.is_deleted(i)) on_vector(live.segment->owner(i));
      }
    }
  }
}

VectorStore::VectorStore(fs::path folder, Files& files)
    : files_(files), folder_(std::move(folder), files, kFolderKind) {}

Result<std::unique_ptr<VectorStore>> VectorStore::open(fs::path folder, Files& files) {
  std::unique_ptr<VectorStore> store(new VectorStore(std::move(folder), files));
  TG_TRY_VOID(store->load());
  return store;
}

Result<void> VectorStore::load() {
  TG_TRY(const auto stored, folder_.read());
  json::Warnings ignored;
  const auto content = stored ? json::read<Content>(*stored, ignored) : Result<Content>(Content());
  if (!content) return damaged("the vector manifest has no valid content");
  auto snapshot = std::make_shared<VectorSnapshot>();
  std::set<std::uint64_t> named;
  for (const CollectionEntry& entry : content->collections) {
    VectorCollection& collection = snapshot->collections_.emplace_back();
    collection.name = entry.name;
    collection.model = entry.model;
    collection.dimension = static_cast<std::size_t>(entry.dimension);
    for (const LiveEntry& file : entry.segments) {
      const auto number = static_cast<std::uint64_t>(file.number);
      named.insert(number);
      TG_TRY(auto segment, VectorSegment::open(files_, folder_.path(number)));
      if (segment->dimension() != collection.dimension)
        return damaged("a vector file and its collection differ in dimension");
      TG_TRY(auto live, live_of(file, std::move(segment)));
      collection.segments.push_back(std::move(live));
    }
  }
  snapshot_ = std::move(snapshot);
  return folder_.adopt(std::move(named));
}

Result<void> VectorStore::put(const std::vector<Put>& vectors) {
  const std::scoped_lock lock(writing_);
  std::vector<VectorCollection> collections = snapshot()->collections_;
  std::map<std::string, std::map<Uuid, const Put*>> wanted;  // the last one given for a chunk
  std::set<Uuid> replaced;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const Put& put = vectors[i];
    auto found = std::ranges::find(collections, put.collection, &VectorCollection::name);
    if (found != collections.end() && found->size() == 0 && !wanted.contains(put.collection)) {
      // An empty collection may start again with another model.
      found->model = put.model;
      found->dimension = put.values.size();
      found->segments.clear();
    }
    if (found == collections.end()) {
      collections.push_back({put.collection, put.model, put.values.size(), {}});
      found = std::prev(collections.end());
    }
    TG_TRY_VOID(check_fit(*found, put, i));
    wanted[put.collection][put.owner.chunk_id] = &put;
    replaced.insert(put.owner.chunk_id);
  }
  remove_from(collections, replaced);
  for (const auto& [name, puts] : wanted) {
    const auto found = std::ranges::find(collections, name, &VectorCollection::name);
    std::vector<const Put*> list;
    for (const auto& [id, put] : puts) list.push_back(put);
    TG_TRY(auto made, write(found->dimension, list));
    found->segments.push_back(std::move(made));
    TG_TRY_VOID(merge_crowded(*found));
  }
  return commit(std::move(collections));
}

Result<std::size_t> VectorStore::remove(const std::set<Uuid>& chunk_ids) {
  const std::scoped_lock lock(writing_);
  std::vector<VectorCollection> collections = snapshot()->collections_;
  const std::size_t removed = remove_from(collections, chunk_ids);
  if (removed == 0) return removed;
  for (VectorCollection& collection : collections) TG_TRY_VOID(merge_crowded(collection));
  TG_TRY_VOID(commit(std::move(collections)));
  return removed;
}

Result<void> VectorStore::erase() {
  const std::scoped_lock lock(writing_);
  std::vector<VectorCollection> collections = snapshot()->collections_;
  for (VectorCollection& collection : collections) {
    if (collection.size() == 0) {
      collection.segments.clear();
      continue;
    }
    TG_TRY(auto made, merge(collection.dimension, collection.segments));
    collection.segments = {std::move(made)};
  }
  return commit(std::move(collections));
}

Result<LiveVectors> VectorStore::write(std::size_t dimension,
                                       const std::vector<const Put*>& vectors) {
  const std::uint64_t number = folder_.new_file();
  VectorSegmentWriter writer(files_, folder_.path(number), dimension);
  TG_TRY_VOID(writer.begin());
  for (const Put* put : vectors) TG_TRY_VOID(writer.add(put->owner, put->values));
  TG_TRY_VOID(writer.finish());
  TG_TRY(auto segment, VectorSegment::open(files_, folder_.path(number)));
  return all_live(number, std::move(segment));
}

Result<LiveVectors> VectorStore::merge(std::size_t dimension,
                                       const std::vector<LiveVectors>& parts) {
  const std::uint64_t number = folder_.new_file();
  VectorSegmentWriter writer(files_, folder_.path(number), dimension);
  TG_TRY_VOID(writer.begin());
  for (const LiveVectors& part : parts) {
    for (std::size_t i = 0; i < part.segment->size(); ++i) {
      if (!part.is_deleted(i))
        TG_TRY_VOID(writer.add(part.segment->owner(i), part.segment->vector(i)));
    }
  }
  TG_TRY_VOID(writer.finish());
  TG_TRY(auto segment, VectorSegment::open(files_, folder_.path(number)));
  return all_live(number, std::move(segment));
}

// Smallest files first; a file is included only if it is at most four times as large as all smaller
// ones together.
Result<void> VectorStore::merge_crowded(VectorCollection& collection) {
  std::vector<LiveVectors>& segments = collection.segments;
  std::erase_if(segments, [](const LiveVectors& live) { return live.live() == 0; });
  for (LiveVectors& live : segments) {
    if (!live.is_sparse()) continue;
    TG_TRY(live, merge(collection.dimension, {live}));
  }
  if (segments.size() < kMergeFactor) return {};
  std::ranges::sort(segments, {}, &LiveVectors::live);
  std::size_t count = 0;
  std::size_t total = 0;
  for (; count < segments.size(); ++count) {
    if (count >= 2 && segments[count].live() > total * 4) break;
    total += segments[count].live();
  }
  const auto end = segments.begin() + static_cast<std::ptrdiff_t>(count);
  TG_TRY(auto made, merge(collection.dimension, std::vector<LiveVectors>(segments.begin(), end)));
  segments.erase(segments.begin(), end);
  segments.push_back(std::move(made));
  return {};
}

Result<void> VectorStore::commit(std::vector<VectorCollection> collections) {
  Content content;
  std::set<std::uint64_t> named;
  for (const VectorCollection& collection : collections) {
    content.collections.push_back(entry_of(collection));
    for (const LiveVectors& live : collection.segments) named.insert(live.number);
  }
  TG_TRY_VOID(TG_FAULT_RESULT("vectors.after_segment_before_manifest"));
  TG_TRY_VOID(folder_.commit(json::write(content).as_object(), std::move(named)));
  TG_TRY_VOID(TG_FAULT_RESULT("vectors.after_manifest"));
  auto made = std::make_shared<VectorSnapshot>();
  made->collections_ = std::move(collections);
  {
    const std::scoped_lock lock(publishing_);
    snapshot_ = std::move(made);
  }
  return folder_.remove_unnamed();
}

std::shared_ptr<const VectorSnapshot> VectorStore::snapshot() const {
  const std::scoped_lock lock(publishing_);
  return snapshot_;
}

std::vector<std::string> VectorStore::check() const {
  std::vector<std::string> problems;
  std::set<Uuid> seen;
  const auto current = snapshot();
  for (const VectorCollection& collection : current->collections_) {
    for (const LiveVectors& live : collection.segments) {
      if (const auto good = live.segment->verify(); !good) problems.push_back(good.error().detail);
    }
  }
  current->each([&](const VectorOwner& owner) {
    if (!seen.insert(owner.chunk_id).second)
      problems.push_back(fmt::format("chunk {} has two vectors", owner.chunk_id.text()));
  });
  return problems;
}

Result<void> VectorStore::copy_to(const fs::path& folder) const {
  const std::scoped_lock lock(writing_);  // no file may be merged away during the copy
  return folder_.copy_to(folder);
}

}  // namespace tg::engine
