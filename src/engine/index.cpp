#include "engine/index.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>
#include <unordered_set>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "engine/merge.hpp"
#include "engine/segment_builder.hpp"
#include "runtime/fault.hpp"

namespace tg::engine {
namespace {

namespace fs = std::filesystem;

// As many segments of one size class (powers of this number) become one of the next; those of the
// last class stay as they are: a merge holds its segment's columns and postings in memory.
constexpr std::size_t kMergeFactor = 8;
constexpr std::size_t kLastClass = 2;

std::size_t size_class(std::size_t chunks) {
  std::size_t level = 0;
  for (std::size_t bound = 1024; chunks > bound; bound *= kMergeFactor) ++level;
  return level;
}

struct ManifestEntry {
  std::int64_t number = 0;
  std::vector<std::int64_t> deleted;
};
BOOST_DESCRIBE_STRUCT(ManifestEntry, (), (number, deleted))

struct Manifest {
  std::int64_t format = kFormatVersion;
  std::string id;
  std::int64_t version = 0;
  std::int64_t next_number = 1;
  std::vector<ManifestEntry> segments;
};
BOOST_DESCRIBE_STRUCT(Manifest, (), (format, id, version, next_number, segments))

constexpr std::string_view kManifestName = "manifest.json";

// The manifest's first line is the hash of the rest.
Result<Manifest> read_manifest(const std::string& bytes) {
  const std::size_t line = bytes.find('\n');
  if (line == std::string::npos) return damaged("the manifest is cut");
  const std::string_view body = std::string_view(bytes).substr(line + 1);
  if (bytes.substr(0, line) != fmt::format("{:016x}", fast_hash(body))) {
    return damaged("the manifest's checksum does not fit");
  }
  auto manifest = json::read_text<Manifest>(body);
  if (!manifest) return damaged("the manifest cannot be read");
  if (manifest->format != kFormatVersion) {
    return damaged(fmt::format("format {} is not known", manifest->format));
  }
  return manifest;
}

std::string write_manifest(const Manifest& manifest) {
  const std::string body = json::to_text(json::write(manifest));
  return fmt::format("{:016x}\n{}", fast_hash(body), body);
}

}  // namespace

std::size_t UuidHash::operator()(const Uuid& id) const {
  std::uint64_t low = 0;
  std::memcpy(&low, id.bytes.data(), 8);  // random or hashed bits in every version we make
  std::uint64_t high = 0;
  std::memcpy(&high, id.bytes.data() + 8, 8);
  return static_cast<std::size_t>(low ^ (high * 0x9E3779B97F4A7C15ULL));
}

Result<std::unique_ptr<Index>> Index::open(fs::path folder, Files& files) {
  std::unique_ptr<Index> index(new Index(std::move(folder), files));
  TG_TRY_VOID(files.make_folders(index->folder_));
  TG_TRY_VOID(index->load());
  return index;
}

fs::path Index::segment_path(std::uint64_t number) const {
  return folder_ / fmt::format("{:08}.segment", number);
}

Result<void> Index::load() {
  auto bytes = files_.read(folder_ / kManifestName);
  if (!bytes && bytes.error().code == Code::not_found) return create();
  if (!bytes) return std::unexpected(std::move(bytes.error()));
  TG_TRY(const Manifest manifest, read_manifest(*bytes));
  std::vector<Open> segments;
  for (const ManifestEntry& entry : manifest.segments) {
    const auto number = static_cast<std::uint64_t>(entry.number);
    TG_TRY(auto segment, Segment::open(files_, segment_path(number)));
    auto deleted = std::make_shared<std::vector<bool>>(segment->size());
    for (const std::int64_t place : entry.deleted) {
      if (place < 0 || static_cast<std::size_t>(place) >= segment->size()) {
        return damaged("the manifest deletes what is not there");
      }
      (*deleted)[static_cast<std::size_t>(place)] = true;
    }
    segments.push_back({number, {std::move(segment), std::move(deleted), entry.deleted.size()}});
  }
  next_number_ = static_cast<std::uint64_t>(manifest.next_number);
  for (const Open& open : segments) {
    locate(open);
    on_disk_.insert(open.number);
  }
  document_count_ = static_cast<std::int64_t>(documents_.size());
  auto snapshot = std::make_shared<Snapshot>();
  for (const Open& open : segments) snapshot->segments_.push_back(open.live);
  snapshot->id_ = manifest.id;
  snapshot->version_ = manifest.version;
  segments_ = std::move(segments);
  snapshot_ = std::move(snapshot);
  return remove_litter(segments_);
}

Result<void> Index::create() {
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->id_ = Uuid::random().text();
  snapshot_ = std::move(snapshot);
  TG_TRY_VOID(commit({}));
  return remove_litter(segments_);
}

Result<void> Index::remove_litter(const std::vector<Open>& segments) {
  std::set<std::string> named{std::string(kManifestName)};
  for (const Open& open : segments) named.insert(segment_path(open.number).filename().string());
  TG_TRY(const auto names, files_.list(folder_));
  for (const std::string& name : names) {
    if (!named.contains(name)) TG_TRY_VOID(files_.remove(folder_ / name));
  }
  return {};
}

// The chunks of a document lie side by side in one segment.
void Index::locate(const Open& open) {
  const Segment& segment = *open.live.segment;
  for (std::uint32_t i = 0; i < segment.size(); ++i) {
    if ((*open.live.deleted)[i]) continue;
    const ColumnRecord& record = segment.record(i);
    auto [found, inserted] =
        documents_.try_emplace(record.document_id, Place{open.number, i, 1, record.version});
    if (!inserted) {
      if (found->second.segment == open.number && found->second.first + found->second.count == i) {
        ++found->second.count;
      } else {
        found->second = {open.number, i, 1, record.version};
      }
    }
  }
}

// `own` holds the segments whose bitmap this batch has copied already: snapshots keep the old one.
void Index::remove_document(std::vector<Open>& segments, std::set<std::uint64_t>& own,
                            const Uuid& document) {
  const auto found = documents_.find(document);
  if (found == documents_.end()) return;
  const Place place = found->second;
  documents_.erase(found);
  const auto open = std::ranges::find(segments, place.segment, &Open::number);
  if (own.insert(place.segment).second) {
    open->live.deleted = std::make_shared<std::vector<bool>>(*open->live.deleted);
  }
  for (std::uint32_t i = place.first; i < place.first + place.count; ++i)
    (*open->live.deleted)[i] = true;
  open->live.deleted_count += place.count;
}

Result<void> Index::apply(const index::Batch& batch) {
  const std::scoped_lock lock(writing_);
  std::vector<const index::DocumentUpdate*> wanted;
  std::vector<Uuid> gone;
  std::map<Uuid, const index::DocumentUpdate*> newest;  // one document may be named twice
  for (const index::DocumentUpdate& update : batch.documents) {
    const auto stored = documents_.find(update.document_id);
    if (stored != documents_.end() && stored->second.version > update.version) continue;
    auto& chosen = newest[update.document_id];
    if (chosen == nullptr || chosen->version <= update.version) chosen = &update;
  }
  std::vector<Open> segments = segments_;
  std::set<std::uint64_t> own;
  for (const auto& [document, update] : newest) {
    remove_document(segments, own, document);
    if (!update->chunks.empty()) wanted.push_back(update);
  }
  for (const std::string& access : batch.drop_access) {
    for (const Open& open : std::vector<Open>(segments)) {
      const Segment& segment = *open.live.segment;
      for (std::size_t i = 0; i < segment.size(); ++i) {
        if (!(*open.live.deleted)[i] && segment.string(segment.record(i).access) == access) {
          gone.push_back(segment.record(i).document_id);
        }
      }
    }
  }
  for (const Uuid& document : gone) remove_document(segments, own, document);
  if (!wanted.empty()) {
    auto made = write_segment(wanted);
    if (!made) return undo(std::move(made.error()));
    locate(*made);
    segments.push_back(*std::move(made));
  }
  auto merged_segments = merged(std::move(segments));
  if (!merged_segments) return undo(std::move(merged_segments.error()));
  auto done = commit(*std::move(merged_segments));
  return done ? done : undo(std::move(done.error()));
}

// A change that failed has moved documents to segments that the index does not have.
std::unexpected<Error> Index::undo(Error error) {
  documents_.clear();
  for (const Open& open : segments_) locate(open);
  return std::unexpected(std::move(error));
}

Result<Index::Open> Index::write_segment(const std::vector<const index::DocumentUpdate*>& updates) {
  const std::uint64_t number = next_number_++;
  on_disk_.insert(number);
  TG_TRY_VOID(build_segment(files_, segment_path(number), updates));
  TG_TRY(auto segment, Segment::open(files_, segment_path(number)));
  auto deleted = std::make_shared<std::vector<bool>>(segment->size());
  return Open{number, {std::move(segment), std::move(deleted), 0}};
}

// Merges while some size class is full; a segment that is mostly deleted is rewritten.
Result<std::vector<Index::Open>> Index::merged(std::vector<Open> segments) {
  while (true) {
    std::erase_if(segments, [](const Open& open) { return open.live.live() == 0; });
    std::map<std::size_t, std::vector<std::size_t>> classes;
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const LiveSegment& live = segments[i].live;
      if (live.deleted_count * 10 > live.segment->size() * 3 && chosen.empty()) chosen = {i};
      classes[size_class(live.live())].push_back(i);
    }
    for (const auto& [level, members] : classes) {
      if (level < kLastClass && members.size() >= kMergeFactor) {
        chosen = members;
        break;
      }
    }
    if (chosen.empty()) return segments;
    std::vector<Open> parts;
    std::vector<Open> rest;
    for (std::size_t i = 0; i < segments.size(); ++i) {
      (std::ranges::find(chosen, i) != chosen.end() ? parts : rest).push_back(segments[i]);
    }
    TG_TRY(auto made, merge(parts));
    rest.push_back(std::move(made));
    segments = std::move(rest);
  }
}

Result<Index::Open> Index::merge(const std::vector<Open>& parts) {
  const std::uint64_t number = next_number_++;
  std::vector<LiveSegment> live;
  for (const Open& open : parts) live.push_back(open.live);
  on_disk_.insert(number);
  TG_TRY_VOID(merge_segments(files_, segment_path(number), live));
  TG_TRY_VOID(TG_FAULT_RESULT("index.after_merge_before_manifest"));
  TG_TRY(auto segment, Segment::open(files_, segment_path(number)));
  auto deleted = std::make_shared<std::vector<bool>>(segment->size());
  Open made{number, {std::move(segment), std::move(deleted), 0}};
  for (std::size_t i = 0; i < made.live.segment->size(); ++i) {
    documents_.erase(made.live.segment->record(i).document_id);
  }
  locate(made);
  return made;
}

Result<void> Index::commit(std::vector<Open> segments) {
  Manifest manifest;
  {
    const std::scoped_lock lock(publishing_);
    manifest.id = snapshot_->id_;
    manifest.version = snapshot_->version_ + 1;
  }
  manifest.next_number = static_cast<std::int64_t>(next_number_);
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->id_ = manifest.id;
  snapshot->version_ = manifest.version;
  for (const Open& open : segments) {
    ManifestEntry entry{.number = static_cast<std::int64_t>(open.number), .deleted = {}};
    for (std::size_t i = 0; i < open.live.deleted->size() && open.live.deleted_count > 0; ++i) {
      if ((*open.live.deleted)[i]) entry.deleted.push_back(static_cast<std::int64_t>(i));
    }
    manifest.segments.push_back(std::move(entry));
    snapshot->segments_.push_back(open.live);
  }
  TG_TRY_VOID(TG_FAULT_RESULT("index.after_segment_before_manifest"));
  TG_TRY_VOID(write_atomically(files_, folder_ / kManifestName, write_manifest(manifest)));
  TG_TRY_VOID(TG_FAULT_RESULT("index.after_manifest"));
  segments_ = std::move(segments);
  document_count_ = static_cast<std::int64_t>(documents_.size());
  {
    const std::scoped_lock lock(publishing_);
    snapshot_ = std::move(snapshot);
  }
  return remove_unnamed();
}

// What was merged away, also within one change; readers keep their mapping.
Result<void> Index::remove_unnamed() {
  std::set<std::uint64_t> named;
  for (const Open& open : segments_) named.insert(open.number);
  for (auto number = on_disk_.begin(); number != on_disk_.end();) {
    if (named.contains(*number)) {
      ++number;
      continue;
    }
    TG_TRY_VOID(files_.remove(segment_path(*number)));
    number = on_disk_.erase(number);
  }
  return {};
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

Result<void> Index::erase() {
  const std::scoped_lock lock(writing_);
  std::vector<Open> clean;
  for (const Open& open : segments_) {
    if (open.live.live() == 0) continue;
    if (open.live.deleted_count == 0) {
      clean.push_back(open);
      continue;
    }
    auto made = merge({open});
    if (!made) return undo(std::move(made.error()));
    clean.push_back(*std::move(made));
  }
  auto done = commit(std::move(clean));
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
      } else if (!(*live.deleted)[i] && !seen.insert(chunk->chunk_id.text()).second) {
        problems.push_back(
            fmt::format("chunk {} stands in the index twice", chunk->chunk_id.text()));
      }
    }
  }
  return problems;
}

Result<void> Index::copy_to(const fs::path& folder) const {
  // A snapshot's files may be merged away while copying: the writer is held off.
  const std::scoped_lock lock(writing_);
  TG_TRY_VOID(files_.make_folders(folder));
  std::vector<fs::path> files{folder_ / kManifestName};
  for (const Open& open : segments_) files.push_back(segment_path(open.number));
  for (const fs::path& file : files) {
    TG_TRY(const std::string bytes, files_.read(file));
    TG_TRY_VOID(write_atomically(files_, folder / file.filename(), bytes));
  }
  return {};
}

}  // namespace tg::engine
