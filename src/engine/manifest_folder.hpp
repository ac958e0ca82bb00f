// A folder of immutable, numbered files and a manifest that names those in use.
//
//   ManifestFolder folder(path, files, {.what = "index", .extension = ".segment", .format = 3});
//   TG_TRY(const auto content, folder.read());       // nothing yet in a new folder
//   TG_TRY_VOID(folder.adopt({1, 2}));               // the files that the content names
//   const std::uint64_t number = folder.new_file();  // write it at folder.path(number)
//   TG_TRY_VOID(folder.commit(changed, {2, number}));
//   TG_TRY_VOID(folder.remove_unnamed());            // file 1
//
// The manifest is replaced atomically: after a crash the folder holds the state before a commit or
// the one after it, and adopt() removes every other file. Errors: "index.damaged" for a manifest
// that was altered or cut, "index.newer" for one of a later format. Not thread-safe: guarded by the
// owner's writer lock.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "base/json.hpp"
#include "runtime/files.hpp"

namespace tg::engine {

std::unexpected<Error> damaged(std::string detail);
// Not damage: this version of the program cannot read `what`, a later one can.
std::unexpected<Error> newer_format(std::string_view what, std::uint64_t format);

class ManifestFolder {
 public:
  struct Kind {
    std::string_view what;       // for messages
    std::string_view extension;  // of the numbered files
    std::int64_t format = 1;     // of the manifest; raised with any format that it leads to
  };

  ManifestFolder(std::filesystem::path folder, Files& files, Kind kind);

  // Makes the folder where there is none. No value: it holds no manifest.
  Result<std::optional<json::Object>> read();
  // The files in use according to what was read. Removes all others.
  Result<void> adopt(std::set<std::uint64_t> named);

  std::uint64_t new_file();
  std::filesystem::path path(std::uint64_t number) const;
  // Durable when it returns.
  Result<void> commit(json::Object content, std::set<std::uint64_t> named);
  // Removes the files made here that the last commit does not name, failed attempts included.
  Result<void> remove_unnamed();
  // The files in use and the manifest.
  Result<void> copy_to(const std::filesystem::path& folder) const;

 private:
  std::filesystem::path manifest_path() const;

  const std::filesystem::path folder_;
  Files& files_;
  const Kind kind_;
  std::uint64_t next_number_ = 1;
  std::set<std::uint64_t> named_;
  std::set<std::uint64_t> on_disk_;
};

// A numbered file with the items deleted from it since it was written.
template <typename Segment>
struct Live {
  std::uint64_t number = 0;
  std::shared_ptr<const Segment> segment;
  std::shared_ptr<std::vector<bool>> deleted;  // by place; never changed once a snapshot has it
  std::size_t deleted_count = 0;

  std::size_t live() const { return segment->size() - deleted_count; }
  bool is_deleted(std::size_t place) const { return (*deleted)[place]; }
  // More than 30 % deleted: worth rewriting.
  bool is_sparse() const { return deleted_count * 10 > segment->size() * 3; }
};

template <typename Segment>
Live<Segment> all_live(std::uint64_t number, std::shared_ptr<const Segment> segment) {
  auto deleted = std::make_shared<std::vector<bool>>(segment->size());
  return {number, std::move(segment), std::move(deleted), 0};
}

// A Live in the manifest.
struct LiveEntry {
  std::int64_t number = 0;
  std::vector<std::int64_t> deleted;  // places
};
BOOST_DESCRIBE_STRUCT(LiveEntry, (), (number, deleted))

template <typename Segment>
LiveEntry entry_of(const Live<Segment>& live) {
  LiveEntry entry{.number = static_cast<std::int64_t>(live.number), .deleted = {}};
  for (std::size_t i = 0; i < live.deleted->size() && live.deleted_count > 0; ++i) {
    if ((*live.deleted)[i]) entry.deleted.push_back(static_cast<std::int64_t>(i));
  }
  return entry;
}

template <typename Segment>
Result<Live<Segment>> live_of(const LiveEntry& entry, std::shared_ptr<const Segment> segment) {
  auto live = all_live(static_cast<std::uint64_t>(entry.number), std::move(segment));
  for (const std::int64_t place : entry.deleted) {
    if (place < 0 || static_cast<std::size_t>(place) >= live.segment->size() ||
        (*live.deleted)[static_cast<std::size_t>(place)]) {
      return damaged("the manifest lists a deleted item that the file does not have");
    }
    (*live.deleted)[static_cast<std::size_t>(place)] = true;
  }
  live.deleted_count = entry.deleted.size();
  return live;
}

}  // namespace tg::engine
