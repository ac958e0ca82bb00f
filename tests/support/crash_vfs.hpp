// A simulated disk under SQLite, with injected errors and power failures: a VFS over real files.
// For SQLite what crash_files.hpp is for the index.
//
//   CrashVfs disk;
//   auto database = sqlite::open_database(file, pool, {.vfs = disk.name()});
//   disk.fail_at(7, CrashVfs::Failure::power);   // the seventh call and all after it fail
//   ... work, close ...
//   disk.restart(seed);                          // the state that a real disk might have now
//   ... open again and look ...
//
// The model of the disk:
//  - Of the writes and truncations since a file's last sync, any subset survives; writes in units
//    of 512 bytes. Bytes next to those written are not affected (SQLite's default, "powersafe
//    overwrite").
//  - Of the files created and removed since the last sync of the folder, a prefix survives, in
//    order. SQLite syncs the folder with the first sync of a new log or journal.
//  - A failed sync makes nothing durable, and a later sync does not make up for it.
//  - A failed write writes half of its bytes.
// All files must be in one folder. The real disk is never synced. Thread-safe, except restart() and
// the destructor, before which all databases must be closed.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

struct sqlite3_vfs;

namespace tg::testing {

class CrashVfs {
 public:
  enum class Failure { none, io_error, disk_full, power };

  CrashVfs();
  ~CrashVfs();
  CrashVfs(const CrashVfs&) = delete;
  CrashVfs& operator=(const CrashVfs&) = delete;

  // The name that it is registered under with SQLite.
  const std::string& name() const { return name_; }

  // The n-th write, sync, truncation or removal from now on (starting at 1) fails; with `power`,
  // all later ones, too.
  void fail_at(std::size_t call, Failure failure);
  void heal() { fail_at(0, Failure::none); }
  // Calls since fail_at().
  std::size_t calls() const;
  // A lying disk: syncs of files whose name has this ending succeed without effect.
  void lie_about_sync(std::string ending);
  // Restart after a power failure: unsynced data is randomly kept, torn or lost. Ends the failure.
  void restart(std::uint64_t seed);

 private:
  friend struct CrashVfsCalls;

  struct Change {
    enum class State { loose, given_up, synced };
    std::int64_t offset = 0;
    std::string bytes;
    bool is_truncation = false;  // to `offset`
    State state = State::loose;
  };
  struct Node {
    std::string bytes;            // durable content, without `changes`
    std::vector<Change> changes;  // from the oldest unsynced one on, in order
  };
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;

  // Counts the call; returns how it must fail.
  Failure enter();
  void change(Node& node, Change change);
  void sync(Node& node, bool is_done);
  void name_changed(const std::string& path, NodePtr node);
  void sync_names();
  static void apply(std::string& bytes, const Change& change);
  static std::string after_a_cut(const Node& node, std::mt19937_64& random);

  const std::string name_;
  std::unique_ptr<sqlite3_vfs> vfs_;
  mutable std::mutex mutex_;
  Names now_;
  Names durable_;
  std::vector<std::pair<std::string, NodePtr>> loose_names_;  // null: removed
  std::size_t open_files_ = 0;
  std::size_t calls_ = 0;
  std::size_t fail_call_ = 0;
  Failure failure_ = Failure::none;
  std::string lie_;
};

}  // namespace tg::testing
