// Copies of files that are there when the power goes, too.
//
//   TG_TRY_VOID(copy_file(disk_files(), backup / "a.json", data / "a.json"));
//
// Blocking, as runtime/files.hpp says.
#pragma once

#include <filesystem>

#include "runtime/files.hpp"

namespace tg {

// The bytes and the name are durable when it returns. Where `from` is not there: Code::not_found.
Result<void> copy_file(Files& files, const std::filesystem::path& from,
                       const std::filesystem::path& to);

// Makes durable what somebody else, a database, has written: the file's bytes and its name.
Result<void> sync_file(const std::filesystem::path& path);

// Makes the names in `folder` and in all folders below it durable.
Result<void> sync_folders(Files& files, const std::filesystem::path& folder);

// Every file that stands directly in `from`, as copy_file(); makes `to`. One that goes meanwhile is
// left out, and so is one that `to` holds already with the same size: called again, it brings what
// has come since.
Result<void> copy_files(Files& files, const std::filesystem::path& from,
                        const std::filesystem::path& to);

}  // namespace tg
