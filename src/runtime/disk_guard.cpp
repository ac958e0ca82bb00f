#include "runtime/disk_guard.hpp"

#include <fmt/core.h>

namespace tg {

Result<void> DiskGuard::check(std::uint64_t coming_bytes) const {
  std::error_code error;
  const auto space = std::filesystem::space(folder_, error);
  if (error ||
      (space.available >= keep_free_bytes_ && space.available - keep_free_bytes_ >= coming_bytes))
    return {};
  auto low = fail(Code::unavailable, "disk.low",
                  fmt::format("the disk is almost full: {} MB are free and {} MB must stay free",
                              space.available >> 20, keep_free_bytes_ >> 20));
  low.error().retry_after = std::chrono::minutes(1);
  return low;
}

}  // namespace tg
