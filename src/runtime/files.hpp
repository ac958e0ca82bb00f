// The port through which the index and the stores access the file system, so that tests can inject
// errors, torn writes and power failures (tests/support/crash_files.hpp; SQLite has a port of its
// own, see tests/support/crash_vfs.hpp). Blocking: call it on the compute pool or a writer thread,
// never on a loop. Files is thread-safe; a File is not: one thread uses it.
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
  // Appends all bytes or returns an error.
  virtual Result<void> append(std::string_view bytes) = 0;
  // The content is durable when it returns. After an error the file must be discarded: a second
  // sync would not write the lost pages.
  virtual Result<void> sync() = 0;
};

// The content of a file, mapped into memory; stays readable after the file is removed.
// Thread-safe.
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
  // For random access to large files, without copying.
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

// The file system.
Files& disk_files();

// Writes through a temporary file and renames it: readers see the old or the new file, complete.
Result<void> write_atomically(Files& files, const std::filesystem::path& path,
                              std::string_view bytes);

}  // namespace tg
