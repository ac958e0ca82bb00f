// A disk in memory that loses power and breaks on command, under the port runtime/files.hpp.
//
//   CrashFiles files;
//   files.fail_at(7, CrashFiles::Failure::power);   // the seventh call and all after it fail
//   ... work until an error ...
//   files.restart(seed);                            // what a real disk might hold now
//   ... open again and look ...
//
// What it assumes of a disk, and no more:
//  - Bytes appended since a file's last sync survive in any number; of those that do, any 512-byte
//    block may hold zeros (not written) instead.
//  - A folder's changes (create, rename, remove) since its last sync survive as a prefix, in order,
//    as on journalling file systems. Syncing a file does not sync its name.
//  - A sync that failed keeps nothing: the bytes it was for are as unsafe as before, and a later
//    sync does not bring them back (they are taken as clean).
// A failed call has no effect, except that a short append leaves part of its bytes. Thread-safe.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <set>

#include "runtime/files.hpp"

namespace tg::testing {

class CrashFiles final : public Files {
 public:
  enum class Failure { none, io_error, disk_full, short_write, power };

  Result<std::unique_ptr<File>> create(const std::filesystem::path& path) override;
  Result<std::string> read(const std::filesystem::path& path) override;
  Result<std::shared_ptr<const Mapping>> map(const std::filesystem::path& path) override;
  Result<void> rename(const std::filesystem::path& from, const std::filesystem::path& to) override;
  Result<void> remove(const std::filesystem::path& path) override;
  Result<void> sync_folder(const std::filesystem::path& folder) override;
  Result<void> make_folders(const std::filesystem::path& folder) override;
  Result<std::vector<std::string>> list(const std::filesystem::path& folder) override;

  // What the files in `folder` and below hold now, in any order.
  std::string all_bytes(const std::filesystem::path& folder) const;

  // The n-th call from now on (from 1) fails; after `power` every later one too.
  void fail_at(std::size_t call, Failure failure);
  void heal() { fail_at(0, Failure::none); }
  // Calls since fail_at().
  std::size_t calls() const;
  // A disk that lies: syncs of files whose name contains `part` (folders: whose path does) are
  // answered but not done.
  void lie_about_sync(std::string part) { lie_ = std::move(part); }
  // Power goes and comes back: what was not synced is kept, torn or lost, by chance. Heals.
  void restart(std::uint64_t seed);

 private:
  friend class CrashFile;
  using Path = std::filesystem::path;
  struct Node {
    std::string bytes;             // what readers see
    std::size_t durable = 0;       // so many of them are safe
    std::set<std::size_t> unsafe;  // blocks below `durable` that a failed sync has given up
  };
  using NodePtr = std::shared_ptr<Node>;
  struct Change {
    std::string name;
    NodePtr node;              // null: removed
    std::string also_removed;  // a rename's old name
  };
  struct Folder {
    std::map<std::string, NodePtr> now;
    std::map<std::string, NodePtr> durable;
    std::vector<Change> pending;
  };

  Result<void> enter(const char* what);  // counts, and fails where it should
  Folder* folder_of(const Path& path);
  static void apply(std::map<std::string, NodePtr>& entries, const Change& change);
  static void tear(Node& node, std::mt19937_64& random);
  Result<void> append(Node& node, std::string_view bytes);
  Result<void> sync(Node& node, const std::string& name);

  mutable std::mutex mutex_;
  std::map<Path, Folder> folders_;
  std::size_t calls_ = 0;
  std::size_t fail_call_ = 0;
  Failure failure_ = Failure::none;
  std::string lie_;
};

}  // namespace tg::testing
