#include "engine/vector_store.hpp"

#include <algorithm>
#include <map>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "runtime/fault.hpp"

namespace tg::engine {
namespace {

namespace fs = std::filesystem;

// So many files of one collection become one; so does one that is mostly deleted.
constexpr std::size_t kMergeFactor = 8;
constexpr std::int64_t kManifestFormat = 1;
constexpr std::string_view kManifestName = "manifest.json";

struct SegmentEntry {
  std::int64_t number = 0;
  std::vector<std::int64_t> deleted;
};
BOOST_DESCRIBE_STRUCT(SegmentEntry, (), (number, deleted))

struct CollectionEntry {
  std::string name;
  std::string model;
  std::int64_t dimension = 0;
  std::vector<SegmentEntry> segments;
};
BOOST_DESCRIBE_STRUCT(CollectionEntry, (), (name, model, dimension, segments))

struct Manifest {
  std::int64_t format = kManifestFormat;
  std::int64_t next_number = 1;
  std::vector<CollectionEntry> collections;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, next_number, collections))

// The first line is the hash of the rest.
Result<Manifest> read_manifest(const std::string& bytes) {
  const std::size_t line = bytes.find('\n');
  if (line == std::string::npos) return damaged("the manifest of vectors is cut");
  const std::string_view body = std::string_view(bytes).substr(line + 1);
  if (bytes.substr(0, line) != fmt::format("{:016x}", fast_hash(body)))
    return damaged("the checksum of the manifest of vectors does not fit");
  auto manifest = json::read_text<Manifest>(body);
  if (!manifest || manifest->format != kManifestFormat)
    return damaged("the manifest of vectors cannot be read");
  return manifest;
}

std::string write_manifest(const Manifest& manifest) {
  const std::string body = json::to_text(json::write(manifest));
  return fmt::format("{:016x}\n{}", fast_hash(body), body);
}

CollectionEntry entry_of(const VectorCollection& collection) {
  CollectionEntry entry{.name = collection.name,
                        .model = collection.model,
                        .dimension = static_cast<std::int64_t>(collection.dimension),
                        .segments = {}};
  for (const LiveVectors& live : collection.segments) {
    SegmentEntry& segment = entry.segments.emplace_back();
    segment.number = static_cast<std::int64_t>(live.number);
    for (std::size_t i = 0; i < live.deleted->size() && live.deleted_count > 0; ++i) {
      if ((*live.deleted)[i]) segment.deleted.push_back(static_cast<std::int64_t>(i));
    }
  }
  return entry;
}

LiveVectors alive(std::uint64_t number, std::shared_ptr<const VectorSegment> segment) {
  auto deleted = std::make_shared<std::vector<bool>>(segment->size());
  return {number, std::move(segment), std::move(deleted), 0};
}

// Marks what is deleted in a copy, so that snapshots keep theirs.
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
        fmt::format("collection {} holds vectors of model {}", collection.name, collection.model));
  if (put.values.size() != collection.dimension)
    return invalid(fmt::format("vectors[{}].embedding", i),
                   fmt::format("must have {} numbers, as collection {} has", collection.dimension,
                               collection.name));
  return {};
}

}  // namespace

std::span<const float> VectorCollection::find(const Uuid& chunk_id) const {
  for (const LiveVectors& live : segments) {
    const auto place = live.segment->find(chunk_id);
    if (place && !(*live.deleted)[*place]) return live.segment->vector(*place);
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
        if (!(*live.deleted)[i]) on_vector(live.segment->owner(i));
      }
    }
  }
}

Result<std::unique_ptr<VectorStore>> VectorStore::open(fs::path folder, Files& files) {
  std::unique_ptr<VectorStore> store(new VectorStore(std::move(folder), files));
  TG_TRY_VOID(files.make_folders(store->folder_));
  TG_TRY_VOID(store->load());
  return store;
}

fs::path VectorStore::segment_path(std::uint64_t number) const {
  return folder_ / fmt::format("{:08}.vectors", number);
}

Result<void> VectorStore::load() {
  auto bytes = files_.read(folder_ / kManifestName);
  if (!bytes && bytes.error().code != Code::not_found) return std::unexpected(bytes.error());
  Manifest manifest;
  if (bytes) {
    TG_TRY(manifest, read_manifest(*bytes));
  }
  auto snapshot = std::make_shared<VectorSnapshot>();
  for (const CollectionEntry& entry : manifest.collections) {
    VectorCollection& collection = snapshot->collections_.emplace_back();
    collection.name = entry.name;
    collection.model = entry.model;
    collection.dimension = static_cast<std::size_t>(entry.dimension);
    for (const SegmentEntry& named : entry.segments) {
      const auto number = static_cast<std::uint64_t>(named.number);
      TG_TRY(auto segment, VectorSegment::open(files_, segment_path(number)));
      if (segment->dimension() != collection.dimension)
        return damaged("a file of vectors has another dimension than its collection");
      LiveVectors& live = collection.segments.emplace_back(alive(number, std::move(segment)));
      for (const std::int64_t place : named.deleted) {
        if (place < 0 || static_cast<std::size_t>(place) >= live.segment->size())
          return damaged("the manifest of vectors deletes what is not there");
        (*live.deleted)[static_cast<std::size_t>(place)] = true;
      }
      live.deleted_count = static_cast<std::size_t>(std::ranges::count(*live.deleted, true));
    }
  }
  next_number_ = static_cast<std::uint64_t>(manifest.next_number);
  snapshot_ = std::move(snapshot);
  return remove_litter();
}

Result<void> VectorStore::remove_litter() const {
  std::set<std::string> named{std::string(kManifestName)};
  for (const VectorCollection& collection : snapshot_->collections_) {
    for (const LiveVectors& live : collection.segments)
      named.insert(segment_path(live.number).filename().string());
  }
  TG_TRY(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    if (!named.contains(name)) TG_TRY_VOID(files_.remove(folder_ / name));
  }
  return {};
}

Result<void> VectorStore::put(const std::vector<Put>& vectors) {
  const std::scoped_lock lock(writing_);
  std::vector<VectorCollection> collections = snapshot()->collections_;
  std::map<std::string, std::map<Uuid, const Put*>> wanted;  // the last of two for one chunk
  std::set<Uuid> replaced;
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    const Put& put = vectors[i];
    auto found = std::ranges::find(collections, put.collection, &VectorCollection::name);
    if (found != collections.end() && found->size() == 0 && !wanted.contains(put.collection)) {
      // An empty collection is a new one: the model may have changed.
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
  const std::uint64_t number = next_number_++;
  VectorSegmentWriter writer(files_, segment_path(number), dimension);
  TG_TRY_VOID(writer.begin());
  for (const Put* put : vectors) TG_TRY_VOID(writer.add(put->owner, put->values));
  TG_TRY_VOID(writer.finish());
  TG_TRY(auto segment, VectorSegment::open(files_, segment_path(number)));
  return alive(number, std::move(segment));
}

Result<LiveVectors> VectorStore::merge(std::size_t dimension,
                                       const std::vector<LiveVectors>& parts) {
  const std::uint64_t number = next_number_++;
  VectorSegmentWriter writer(files_, segment_path(number), dimension);
  TG_TRY_VOID(writer.begin());
  for (const LiveVectors& part : parts) {
    for (std::size_t i = 0; i < part.segment->size(); ++i) {
      if (!(*part.deleted)[i])
        TG_TRY_VOID(writer.add(part.segment->owner(i), part.segment->vector(i)));
    }
  }
  TG_TRY_VOID(writer.finish());
  TG_TRY(auto segment, VectorSegment::open(files_, segment_path(number)));
  return alive(number, std::move(segment));
}

// The smallest files first: a large one is copied only when it is no more than a few times larger
// than all that it is merged with.
Result<void> VectorStore::merge_crowded(VectorCollection& collection) {
  std::vector<LiveVectors>& segments = collection.segments;
  std::erase_if(segments, [](const LiveVectors& live) { return live.live() == 0; });
  for (LiveVectors& live : segments) {
    if (live.deleted_count * 10 <= live.segment->size() * 3) continue;
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
  Manifest manifest;
  manifest.next_number = static_cast<std::int64_t>(next_number_);
  std::set<std::uint64_t> kept;
  for (const VectorCollection& collection : collections) {
    manifest.collections.push_back(entry_of(collection));
    for (const LiveVectors& live : collection.segments) kept.insert(live.number);
  }
  TG_TRY_VOID(TG_FAULT_RESULT("vectors.after_segment_before_manifest"));
  TG_TRY_VOID(write_atomically(files_, folder_ / kManifestName, write_manifest(manifest)));
  TG_TRY_VOID(TG_FAULT_RESULT("vectors.after_manifest"));
  auto made = std::make_shared<VectorSnapshot>();
  made->collections_ = std::move(collections);
  std::shared_ptr<const VectorSnapshot> old;
  {
    const std::scoped_lock lock(publishing_);
    old = std::exchange(snapshot_, std::move(made));
  }
  for (const VectorCollection& collection : old->collections_) {
    for (const LiveVectors& live : collection.segments) {
      if (!kept.contains(live.number)) TG_TRY_VOID(files_.remove(segment_path(live.number)));
    }
  }
  return {};
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
  const std::scoped_lock lock(writing_);  // no file may be merged away while it is copied
  TG_TRY_VOID(files_.make_folders(folder));
  for (const VectorCollection& collection : snapshot()->collections_) {
    for (const LiveVectors& live : collection.segments) {
      const fs::path file = segment_path(live.number);
      TG_TRY(const std::string bytes, files_.read(file));
      TG_TRY_VOID(write_atomically(files_, folder / file.filename(), bytes));
    }
  }
  const auto manifest = files_.read(folder_ / kManifestName);
  if (!manifest && manifest.error().code == Code::not_found) return {};
  if (!manifest) return std::unexpected(manifest.error());
  return write_atomically(files_, folder / kManifestName, *manifest);
}

}  // namespace tg::engine
