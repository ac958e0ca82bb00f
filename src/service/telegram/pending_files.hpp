// Files that are being written and that no row of the database names yet. Sweeping a folder leaves
// them alone, and a draft that is destroyed without keep() removes its file, also when its
// coroutine is cancelled.
//
//   std::optional<PendingFiles::Draft> draft = pending.add(folder / "posts.json");
//   ...  // write draft->path(), commit the row that names it
//   draft->keep();
//
// Thread-safe; a Draft is not. Must outlive its drafts.
#pragma once

#include <filesystem>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

namespace tg::telegram {

class PendingFiles {
 public:
  class Draft {
   public:
    Draft(Draft&& other) noexcept
        : owner_(std::exchange(other.owner_, nullptr)), path_(std::move(other.path_)) {}
    Draft& operator=(Draft&&) = delete;
    ~Draft();

    const std::filesystem::path& path() const { return path_; }
    // A committed row names the file now.
    void keep();

   private:
    friend class PendingFiles;
    Draft(PendingFiles* owner, std::filesystem::path path)
        : owner_(owner), path_(std::move(path)) {}

    PendingFiles* owner_;
    std::filesystem::path path_;
  };

  // nullopt if the file is being written already.
  std::optional<Draft> add(std::filesystem::path path);
  std::set<std::filesystem::path> paths() const;

 private:
  void forget(const std::filesystem::path& path);

  mutable std::mutex mutex_;
  std::set<std::filesystem::path> paths_;  // guarded by mutex_
};

}  // namespace tg::telegram
