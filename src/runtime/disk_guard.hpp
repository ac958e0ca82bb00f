// Rejects new data before the disk is full: databases, the index and their logs need free space to
// keep working.
//
//   const DiskGuard disk(folder);
//   TG_TRY_VOID(disk.check(upload.size()));  // "disk.low", Code::unavailable with Retry-After
//
// Thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>

#include "base/error.hpp"

namespace tg {

class DiskGuard {
 public:
  static constexpr std::uint64_t kKeepFreeBytes = 1ULL << 30;

  // Guards the disk of `folder`, which must exist when check() is called.
  explicit DiskGuard(std::filesystem::path folder, std::uint64_t keep_free_bytes = kKeepFreeBytes)
      : folder_(std::move(folder)), keep_free_bytes_(keep_free_bytes) {}

  // An error if fewer than `keep_free_bytes` would be left after `coming_bytes` more. A disk whose
  // free space cannot be determined is not refused.
  Result<void> check(std::uint64_t coming_bytes = 0) const;

 private:
  std::filesystem::path folder_;
  std::uint64_t keep_free_bytes_;
};

}  // namespace tg
