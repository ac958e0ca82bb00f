// The bytes of an export: plain, gzip (several members too), or the result.json inside of a zip of
// the folder. Blocking. One thread.
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
  // The next piece; nullopt at the end.
  virtual Result<std::optional<std::string>> read() = 0;
  // Bytes consumed of `size()` (compressed ones where the file is compressed): for progress.
  virtual std::uint64_t position() const = 0;
  virtual std::uint64_t size() const = 0;

  // Refuses what is no export but an attack: a zip with more than 100,000 entries or with names
  // that leave their folder; reading ends where more than a hundredfold of 64 MB and more has come
  // out. Nothing is unpacked to the disk, and an archive within the archive stays closed.
  static Result<std::unique_ptr<ExportFile>> open(const std::filesystem::path& path);
};

}  // namespace tg::telegram
