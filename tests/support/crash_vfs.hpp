// A disk under SQLite that loses power and breaks on command: a VFS over the real files, for what
// crash_files.hpp does under the index.
//
//   CrashVfs disk;
//   auto database = sqlite::open_database(file, pool, {.vfs = disk.name()});
//   disk.fail_at(7, CrashVfs::Failure::power);   // the seventh call and all after it fail
//   ... work, close ...
//   disk.restart(seed);                          // what a real disk might hold now
//   ... open again and look ...
//
// What it assumes of a disk, and no more:
//  - Of what was written since a file's last sync any subset survives, in units of 512 bytes; so
//    does a change of its length. Bytes beside those written keep their values (SQLite's
//    "powersafe overwrite", its default).
//  - Names that were made or removed since the last sync of the folder survive as a prefix, in
//    order. SQLite syncs the folder with the first sync of a new log or journal.
//  - A sync that failed keeps nothing, and no later sync makes up for it.
//  - A failed write leaves half of its bytes.
// All its files lie in one folder. The real disk is never synced. Thread-safe, except restart() and
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

  // Under which SQLite knows it.
  const std::string& name() const { return name_; }

  // The n-th write, sync, truncation or removal from now on (from 1) fails; after `power` every
  // later one too.
  void fail_at(std::size_t call, Failure failure);
  void heal() { fail_at(0, Failure::none); }
  // Calls since fail_at().
  std::size_t calls() const;
  // A disk that lies: syncs of files whose name ends so are answered but not done.
  void lie_about_sync(std::string ending);
  // Power goes and comes back: what was not synced is kept, torn or lost, by chance. Heals.
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
    std::string bytes;            // safe; the changes come on top, in order
    std::vector<Change> changes;  // since the oldest that is not synced
  };
  using NodePtr = std::shared_ptr<Node>;
  using Names = std::map<std::string, NodePtr>;

  // Counts, and says whether the call fails and how.
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
