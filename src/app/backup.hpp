// `telegnosis backup`: a consistent copy of all data. Each service copies its own part; a manifest
// with the size and hash of every file is written last, so a copy without one is known to be
// unfinished. Not thread-safe: one backup of a folder at a time.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "app/services.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

namespace tg::app {

inline constexpr const char* kBackupManifest = "backup.json";

struct BackupFile {
  std::string path;  // relative to the backup
  std::int64_t size = 0;
  std::string hash;  // SHA-256 of the SHA-256 of each MiB
};
BOOST_DESCRIBE_STRUCT(BackupFile, (), (path, size, hash))

struct BackupManifest {
  std::string version;  // of the program
  UnixMillis made_at;
  std::vector<BackupFile> files;
};
BOOST_DESCRIBE_STRUCT(BackupManifest, (), (version, made_at, files))

// Copies the data of every service that can be reached from here. `folder` must be empty or absent:
// Code::conflict otherwise. Code::unavailable if no service can be reached.
Result<void> back_up(const Services& services, const std::filesystem::path& folder);

// The hash of a file as the manifest states it.
Result<std::string> backup_hash(const std::filesystem::path& path);

}  // namespace tg::app
