// Durable copies of files.
//
//   TG_TRY_VOID(copy_file(disk_files(), backup / "a.json", data / "a.json"));
//
// Blocking (see runtime/files.hpp). Thread-safe.
#pragma once

#include <filesystem>

#include "runtime/files.hpp"

namespace tg {

// Content and name are durable when it returns. Code::not_found if `from` does not exist.
Result<void> copy_file(Files& files, const std::filesystem::path& from,
                       const std::filesystem::path& to);

// Makes a file that other code (a database) has written durable: its content and its name.
Result<void> sync_file(const std::filesystem::path& path);

// Makes the names in `folder` and in all of its subfolders durable.
Result<void> sync_folders(Files& files, const std::filesystem::path& folder);

// Copies every file directly in `from` with copy_file(); creates `to`. Skips files that disappear
// meanwhile and files that exist in `to` with the same size, so that a second call copies what is
// new.
Result<void> copy_files(Files& files, const std::filesystem::path& from,
                        const std::filesystem::path& to);

}  // namespace tg
