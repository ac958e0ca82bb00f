#include "runtime/disk_guard.hpp"

#include <gtest/gtest.h>

namespace tg {
namespace {

namespace fs = std::filesystem;

TEST(DiskGuard, RefusesWhatWouldLeaveTooLittle) {
  const fs::path folder = fs::temp_directory_path();
  EXPECT_TRUE(DiskGuard(folder, 0).check());
  EXPECT_TRUE(DiskGuard(folder, 1).check());
  const auto low = DiskGuard(folder, std::uint64_t{1} << 62).check();
  ASSERT_FALSE(low);
  EXPECT_EQ(low.error().code, Code::unavailable);
  EXPECT_EQ(low.error().reason, "disk.low");
  EXPECT_TRUE(low.error().retry_after);
  EXPECT_FALSE(DiskGuard(folder, 0).check(~std::uint64_t{0}));
}

TEST(DiskGuard, AnUnknownDiskIsNotRefused) {
  EXPECT_TRUE(DiskGuard("/nonexistent/folder", std::uint64_t{1} << 62).check());
}

}  // namespace
}  // namespace tg
