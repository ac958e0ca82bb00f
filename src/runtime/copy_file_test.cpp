#include "runtime/copy_file.hpp"

#include <fstream>
#include <random>

#include <gtest/gtest.h>

namespace tg {
namespace {

namespace fs = std::filesystem;

class CopyFiles : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(disk_files().make_folders(from_)); }
  void TearDown() override { fs::remove_all(folder_); }
  static void write(const fs::path& path, std::string_view text) {
    std::ofstream(path, std::ios::binary) << text;
  }
  static std::string read(const fs::path& path) { return disk_files().read(path).value(); }

  const fs::path folder_ =
      fs::temp_directory_path() / ("tg_copy_" + std::to_string(std::random_device()()));
  const fs::path from_ = folder_ / "from";
  const fs::path to_ = folder_ / "to";
};

TEST_F(CopyFiles, CopiesAllBytesOfLargeAndEmptyFiles) {
  const std::string large(3'000'001, 'x');
  write(from_ / "large", large);
  write(from_ / "empty", "");
  ASSERT_TRUE(copy_files(disk_files(), from_, to_));
  EXPECT_EQ(read(to_ / "large"), large);
  EXPECT_EQ(read(to_ / "empty"), "");
}

TEST_F(CopyFiles, CalledAgainBringsWhatIsNewOrHasGrown) {
  write(from_ / "a", "old");
  ASSERT_TRUE(copy_files(disk_files(), from_, to_));
  write(from_ / "a", "grown");
  write(from_ / "b", "new");
  ASSERT_TRUE(copy_files(disk_files(), from_, to_));
  EXPECT_EQ(read(to_ / "a"), "grown");
  EXPECT_EQ(read(to_ / "b"), "new");
}

TEST_F(CopyFiles, SaysThatAFileIsNotThere) {
  const auto copied = copy_file(disk_files(), from_ / "none", folder_ / "copy");
  ASSERT_FALSE(copied);
  EXPECT_EQ(copied.error().code, Code::not_found);
  EXPECT_FALSE(fs::exists(folder_ / "copy"));
}

}  // namespace
}  // namespace tg
