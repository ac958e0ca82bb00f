#include "engine/index.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <unordered_set>

#include <fmt/core.h>

#include "engine/merge.hpp"
#include "engine/segment_builder.hpp"
#include "runtime/fault.hpp"

namespace tg::engine {
namespace {

namespace fs = std::filesystem;

// This many segments of one size class are merged into one of the next class; classes grow by the
// same factor. The last class is not merged: a merge holds the columns and postings in memory.
constexpr std::size_t kMergeFactor = 8;
constexpr std::size_t kLastClass = 2;

std::size_t size_class(std::size_t chunks) {
  std::size_t level = 0;
  for (std::size_t bound = 1024; chunks > bound; bound *= kMergeFactor) ++level;
  return level;
}

constexpr ManifestFolder::Kind kFolderKind{
    .what = "the index", .extension = ".segment", .format = 3};

// With more changed counts than this, segments are rewritten: each commit writes all of them.
constexpr std::size_t kMostChangedCounts = 5000;

struct CountsEntry {
  Uuid document_id;
  std::int64_t views = 0;
  std::int64_t forwards = 0;
};
BOOST_DESCRIBE_STRUCT(CountsEntry, (), (document_id, views, forwards))

// The content of the manifest.
struct Content {
  std::string id;
  std::int64_t version = 0;
  bool is_being_rebuilt = false;
  std::vector<LiveEntry> segments;
  std::vector<CountsEntry> counts;
};
BOOST_DESCRIBE_STRUCT(Content, (), (id, version, is_being_rebuilt, segments, counts))

}  // namespace

std::size_t UuidHash::operator()(const Uuid& id) const {
  std::uint64_t low = 0;
  std::memcpy(&low, id.bytes.data(), 8);  // random or hashed in every UUID version in use
  std::uint64_t high = 0;
  std::memcpy(&high, id.bytes.data() + 8, 8);
  return static_cast<std::size_t>(low ^ (high * 0x9E3779B97F4A7C15ULL));
}

Index::Index(fs::path folder, Files& files)
    : files_(files), folder_(std::move(folder), files, kFolderKind) {}

Result<std::unique_ptr<Index>> Index::open(fs::path folder, Files& files, bool is_replacement) {
  std::unique_ptr<Index> index(new Index(std::move(folder), files));
  TG_TRY_VOID(index->load(is_replacement));
  return index;
}

Result<void> Index::load(bool is_replacement) {
  TG_TRY(const auto stored, folder_.read());
  if (!stored) return create(is_replacement);
  json::Warnings ignored;
  const auto content = json::read<Content>(*stored, ignored);
  if (!content || content->id.empty()) return damaged("the manifest has no valid content");
  std::set<std::uint64_t> named;
  for (const LiveEntry& entry : content->segments) {
    const auto number = static_cast<std::uint64_t>(entry.number);
    named.insert(number);
    TG_TRY(auto segment, Segment::open(files_, folder_.path(number)));
    TG_TRY(auto live, live_of(entry, std::move(segment)));
    locate(segments_.emplace_back(std::move(live)));
  }
  document_count_ = static_cast<std::int64_t>(documents_.size());
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->id_ = content->id;
  snapshot->version_ = content->version;
  snapshot->is_being_rebuilt_ = content->is_being_rebuilt;
  snapshot->segments_ = segments_;
  auto counts = std::make_shared<ChangedCounts>();
  for (const CountsEntry& entry : content->counts) {
    if (documents_.contains(entry.document_id))
      (*counts)[entry.document_id] = {entry.views, entry.forwards};
  }
  snapshot->counts_ = std::move(counts);
  snapshot_ = std::move(snapshot);
  return folder_.adopt(std::move(named));
}

Result<void> Index::create(bool is_replacement) {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->id_ = Uuid::random().text();
  snapshot_ = std::move(snapshot);
  TG_TRY_VOID(folder_.adopt({}));
  return commit({}, {}, is_replacement);
}

void Index::locate(const LiveSegment& live) {
  const Segment& segment = *live.segment;
  for (std::uint32_t i = 0; i < segment.size(); ++i) {
    if (live.is_deleted(i)) continue;
    const ColumnRecord& record = segment.record(i);
    const Place here{live.number, i, 1, record.version};
    auto [found, inserted] = documents_.try_emplace(record.document_id, here);
    if (inserted) continue;
    Place& place = found->second;
    if (place.segment == live.number && place.first + place.count == i) {
      ++place.count;
    } else {
      place = here;
    }
  }
}

// `own` holds the segments whose bitmap this batch has already copied; snapshots share the old one.
void Index::remove_document(std::vector<LiveSegment>& segments, std::set<std::uint64_t>& own,
                            const Uuid& document) {
  const auto found = documents_.find(document);
  if (found == documents_.end()) return;
  const Place place = found->second;
  documents_.erase(found);
  LiveSegment& live = *std::ranges::find(segments, place.segment, &LiveSegment::number);
  if (own.insert(place.segment).second)
    live.deleted = std::make_shared<std::vector<bool>>(*live.deleted);
  for (std::uint32_t i = place.first; i < place.first + place.count; ++i) (*live.deleted)[i] = true;
  live.deleted_count += place.count;
}

Result<void> Index::apply(const index::Batch& batch) {
  const std::scoped_lock lock(writing_);
  auto done = change(batch);
  return done ? done : undo(std::move(done.error()));
}

Result<void> Index::change(const index::Batch& batch) {
  std::map<Uuid, const index::DocumentUpdate*> newest;  // a batch may name a document twice
  for (const index::DocumentUpdate& update : batch.documents) {
    const auto stored = documents_.find(update.document_id);
    if (stored != documents_.end() && stored->second.version > update.version) continue;
    auto& chosen = newest[update.document_id];
    if (chosen == nullptr || chosen->version <= update.version) chosen = &update;
  }
  std::vector<LiveSegment> segments = segments_;
  ChangedCounts counts = *snapshot()->counts_;
  std::set<std::uint64_t> own;
  std::vector<const index::DocumentUpdate*> added;
  for (const auto& [document, update] : newest) {
    remove_document(segments, own, document);
    counts.erase(document);
    if (!update->chunks.empty()) added.push_back(update);
  }
  std::set<Uuid> dropped;
  for (const LiveSegment& live : segments) {
    if (batch.drop_access.empty()) break;
    const auto& keys = batch.drop_access;
    for (std::size_t i = 0; i < live.segment->size(); ++i) {
      const ColumnRecord& record = live.segment->record(i);
      if (live.is_deleted(i)) continue;
      if (std::ranges::find(keys, live.segment->string(record.access)) != keys.end())
        dropped.insert(record.document_id);
    }
  }
  for (const Uuid& document : dropped) {
    remove_document(segments, own, document);
    counts.erase(document);
  }
  if (!added.empty()) {
    TG_TRY(auto made, write_segment(added));
    locate(made);
    segments.push_back(std::move(made));
  }
  for (const index::CountsUpdate& update : batch.counts) {
    if (documents_.contains(update.document_id))
      counts[update.document_id] = {update.views, update.forwards};
  }
  TG_TRY(segments, merged(std::move(segments), counts));
  return commit(std::move(segments), std::move(counts), is_being_rebuilt() && !batch.rebuilt);
}

std::unexpected<Error> Index::undo(Error error) {
  documents_.clear();
  for (const LiveSegment& live : segments_) locate(live);
  return std::unexpected(std::move(error));
}

Result<LiveSegment> Index::write_segment(const std::vector<const index::DocumentUpdate*>& updates) {
  const std::uint64_t number = folder_.new_file();
  TG_TRY_VOID(build_segment(files_, folder_.path(number), updates));
  TG_TRY(auto segment, Segment::open(files_, folder_.path(number)));
  return all_live(number, std::move(segment));
}

// The segment with most of the changed counts, if there are too many of these.
std::optional<std::uint64_t> Index::segment_to_rewrite(const ChangedCounts& counts) const {
  if (counts.size() <= kMostChangedCounts) return std::nullopt;
  std::map<std::uint64_t, std::size_t> changed;
  for (const auto& [document, _] : counts) ++changed[documents_.at(document).segment];
  return std::ranges::max_element(changed, {}, [](const auto& entry) { return entry.second; })
      ->first;
}

// Merges until no size class is full, and rewrites sparse segments.
Result<std::vector<LiveSegment>> Index::merged(std::vector<LiveSegment> segments,
                                               ChangedCounts& counts) {
  while (true) {
    const auto crowded = segment_to_rewrite(counts);
    std::erase_if(segments, [](const LiveSegment& live) { return live.live() == 0; });
    std::map<std::size_t, std::vector<std::size_t>> classes;
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      if ((segments[i].is_sparse() || segments[i].number == crowded) && chosen.empty())
        chosen = {i};
      classes[size_class(segments[i].live())].push_back(i);
    }
    for (const auto& [level, members] : classes) {
      if (level < kLastClass && members.size() >= kMergeFactor) {
        chosen = members;
        break;
      }
    }
    if (chosen.empty()) return segments;
    std::vector<LiveSegment> parts;
    std::vector<LiveSegment> rest;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      (std::ranges::find(chosen, i) != chosen.end() ? parts : rest).push_back(segments[i]);
    }
    TG_TRY(auto made, merge(parts, counts));
    rest.push_back(std::move(made));
    segments = std::move(rest);
  }
}

Result<LiveSegment> Index::merge(const std::vector<LiveSegment>& parts, ChangedCounts& counts) {
  const std::uint64_t number = folder_.new_file();
  TG_TRY_VOID(merge_segments(files_, folder_.path(number), parts, counts));
  TG_TRY_VOID(TG_FAULT_RESULT("index.after_merge_before_manifest"));
  TG_TRY(auto segment, Segment::open(files_, folder_.path(number)));
  LiveSegment made = all_live(number, std::move(segment));
  for (std::size_t i = 0; i < made.segment->size(); ++i) {
    documents_.erase(made.segment->record(i).document_id);
    counts.erase(made.segment->record(i).document_id);
  }
  locate(made);
  return made;
}

Result<void> Index::commit(std::vector<LiveSegment> segments, ChangedCounts counts,
                           bool is_being_rebuilt) {
  const auto before = snapshot();
  auto made = std::make_shared<Snapshot>();
  made->id_ = before->id_;
  made->version_ = before->version_ + 1;
  made->is_being_rebuilt_ = is_being_rebuilt;
  made->segments_ = segments;
  Content content{.id = made->id_,
                  .version = made->version_,
                  .is_being_rebuilt = is_being_rebuilt,
                  .segments = {},
                  .counts = {}};
  for (const auto& [document, changed] : counts)
    content.counts.push_back({document, changed.views, changed.forwards});
  made->counts_ = std::make_shared<const ChangedCounts>(std::move(counts));
  std::set<std::uint64_t> named;
  for (const LiveSegment& live : segments) {
    content.segments.push_back(entry_of(live));
    named.insert(live.number);
  }
  TG_TRY_VOID(TG_FAULT_RESULT("index.after_segment_before_manifest"));
  TG_TRY_VOID(folder_.commit(json::write(content).as_object(), std::move(named)));
  TG_TRY_VOID(TG_FAULT_RESULT("index.after_manifest"));
  segments_ = std::move(segments);
  document_count_ = static_cast<std::int64_t>(documents_.size());
  {
    const std::scoped_lock lock(publishing_);
    snapshot_ = std::move(made);
  }
  return folder_.remove_unnamed();  // snapshots keep their mappings
}

std::shared_ptr<const Snapshot> Index::snapshot() const {
  const std::scoped_lock lock(publishing_);
  return snapshot_;
}

index::Statistics Index::statistics() const {
  const auto current = snapshot();
  index::Statistics statistics;
  statistics.id = current->id_;
  statistics.version = current->version_;
  statistics.documents = document_count_;
  for (const LiveSegment& live : current->segments_) {
    statistics.chunks += static_cast<std::int64_t>(live.live());
    statistics.disk_bytes += static_cast<std::int64_t>(live.segment->file_size());
    statistics.memory_bytes +=
        live.segment->memory_bytes() + static_cast<std::int64_t>(live.segment->size() / 8);
  }
  statistics.memory_bytes +=
      statistics.documents * static_cast<std::int64_t>((sizeof(Uuid) + sizeof(Place)) * 8 / 5);
  return statistics;
}

bool Index::is_being_rebuilt() const {
  return snapshot()->is_being_rebuilt_;
}

Result<void> Index::erase() {
  const std::scoped_lock lock(writing_);
  std::vector<LiveSegment> clean;
  ChangedCounts counts = *snapshot()->counts_;
  for (const LiveSegment& live : segments_) {
    if (live.live() == 0) continue;
    if (live.deleted_count == 0) {
      clean.push_back(live);
      continue;
    }
    auto made = merge({live}, counts);
    if (!made) return undo(std::move(made.error()));
    clean.push_back(*std::move(made));
  }
  auto done = commit(std::move(clean), std::move(counts), is_being_rebuilt());
  return done ? done : undo(std::move(done.error()));
}

std::vector<std::string> Index::check() const {
  std::vector<std::string> problems;
  const auto current = snapshot();
  std::unordered_set<std::string> seen;
  for (const LiveSegment& live : current->segments_) {
    for (std::size_t i = 0; i < live.segment->size(); ++i) {
      const auto chunk = live.segment->chunk(i);
      if (!chunk) {
        problems.push_back(
            fmt::format("{}: chunk {}: {}", live.segment->name(), i, chunk.error().detail));
      } else if (!live.is_deleted(i) && !seen.insert(chunk->chunk_id.text()).second) {
        problems.push_back(fmt::format("chunk {} is in the index twice", chunk->chunk_id.text()));
      }
    }
  }
  return problems;
}

Result<void> Index::copy_to(const fs::path& folder) const {
  const std::scoped_lock lock(writing_);  // no file may be merged away during the copy
  return folder_.copy_to(folder);
}

}  // namespace tg::engine
