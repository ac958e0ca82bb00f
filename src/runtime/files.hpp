// The one small port through which index and stores touch the disk, so that tests can put errors
// and torn writes under them (tests/support/crash_files.hpp). Blocking: call it from the compute
// pool or a writer thread, never from a loop. Implementations are thread-safe; one File is used by
// one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace tg {

class File {
 public:
  virtual ~File() = default;
  // Appends everything or answers with an error.
  virtual Result<void> append(std::string_view bytes) = 0;
  // Durable when it returns. After a failed sync the file must not be trusted nor synced again.
  virtual Result<void> sync() = 0;
};

// A file's bytes as they were when it was mapped; they stay readable when it is removed meanwhile.
// Any thread.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual std::string_view bytes() const = 0;
};

class Files {
 public:
  virtual ~Files() = default;
  virtual Result<std::unique_ptr<File>> create(const std::filesystem::path& path) = 0;  // truncates
  virtual Result<std::string> read(const std::filesystem::path& path) = 0;
  // For large files that are read in places: nothing is copied. An empty file has no bytes.
  virtual Result<std::shared_ptr<const Mapping>> map(const std::filesystem::path& path) = 0;
  // Atomic within a file system; durable after sync_folder().
  virtual Result<void> rename(const std::filesystem::path& from,
                              const std::filesystem::path& to) = 0;
  // A file or an empty folder; absent is no error.
  virtual Result<void> remove(const std::filesystem::path& path) = 0;
  virtual Result<void> sync_folder(const std::filesystem::path& folder) = 0;
  virtual Result<void> make_folders(const std::filesystem::path& folder) = 0;  // mode 0700
  virtual Result<std::vector<std::string>> list(const std::filesystem::path& folder) = 0;  // names
};

// The real disk.
Files& disk_files();

// Writes to `path` through a temporary name: readers see the old file or the whole new one.
Result<void> write_atomically(Files& files, const std::filesystem::path& path,
                              std::string_view bytes);

}  // namespace tg
