// A simulated disk in memory, behind the port runtime/files.hpp, with injected errors and power
// failures.
//
//   CrashFiles files;
//   files.fail_at(7, CrashFiles::Failure::power);   // the seventh call and all after it fail
//   ... work until an error ...
//   files.restart(seed);                            // the state that a real disk might have now
//   ... open again and look ...
//
// The model of the disk:
//  - Of the bytes appended since a file's last sync, any prefix survives; within it, any 512-byte
//    block may contain zeros (not written).
//  - A folder's changes (create, rename, remove) since its last sync survive as a prefix, in order,
//    as on journalling file systems. Syncing a file does not sync its name.
//  - A failed sync makes nothing durable, and a later sync does not make up for it (the pages are
//    marked clean).
// A failed call has no effect, except that a short append writes part of its bytes. Thread-safe.
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

  // The content of all files in `folder` and its subfolders, in any order.
  std::string all_bytes(const std::filesystem::path& folder) const;

  // The n-th call from now on (starting at 1) fails; with `power`, all later ones, too.
  void fail_at(std::size_t call, Failure failure);
  void heal() { fail_at(0, Failure::none); }
  // Calls since fail_at().
  std::size_t calls() const;
  // A lying disk: syncs of files whose name (folders: whose path) contains `part` succeed without
  // effect.
  void lie_about_sync(std::string part) { lie_ = std::move(part); }
  // Restart after a power failure: unsynced data is randomly kept, torn or lost. Ends the failure.
  void restart(std::uint64_t seed);

 private:
  friend class CrashFile;
  using Path = std::filesystem::path;
  struct Node {
    std::string bytes;             // as seen by readers
    std::size_t durable = 0;       // length of the durable prefix
    std::set<std::size_t> unsafe;  // blocks below `durable` that were lost by a failed sync
  };
  using NodePtr = std::shared_ptr<Node>;
  struct Change {
    std::string name;
    NodePtr node;              // null: removed
    std::string also_removed;  // old name of a rename
  };
  struct Folder {
    std::map<std::string, NodePtr> now;
    std::map<std::string, NodePtr> durable;
    std::vector<Change> pending;
  };

  Result<void> enter(const char* what);  // counts the call; returns the injected error
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
