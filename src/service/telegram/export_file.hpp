// The bytes of an export: plain, gzip (with one or several members), or the result.json inside a
// zip of the export folder. A damaged file keeps what comes before the damage. Blocking. Not
// thread-safe.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace tg::telegram {

class ExportFile {
 public:
  virtual ~ExportFile() = default;
  // The next piece; nullopt at the end. "export.archive" where the file is damaged or cut off,
  // after everything before that was returned.
  virtual Result<std::optional<std::string>> read() = 0;
  // Bytes consumed out of size(), for progress; of gzip files the compressed ones.
  virtual std::uint64_t position() const = 0;
  virtual std::uint64_t size() const = 0;

  // Refuses archive bombs: a zip with more than 100,000 entries or with names that leave their
  // folder; reading fails once more than 64 MB and a hundredfold of the file have come out. Nothing
  // is unpacked to the disk, and archives inside the archive are not opened.
  static Result<std::unique_ptr<ExportFile>> open(const std::filesystem::path& path);
};

}  // namespace tg::telegram
