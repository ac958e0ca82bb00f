#include "runtime/copy_file.hpp"

#include <fstream>
#include <random>
#include <set>

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

TEST_F(CopyFiles, SyncsWhatOthersHaveWritten) {
  write(from_ / "a", "bytes");
  EXPECT_TRUE(sync_file(from_ / "a"));
  const auto missing = sync_file(from_ / "b");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().detail.find("b cannot be synced"), std::string::npos);
}

// Which folders are synced is told by a disk that only counts.
TEST_F(CopyFiles, SyncsFoldersAtEveryDepth) {
  ASSERT_TRUE(disk_files().make_folders(from_ / "deep" / "deeper"));
  write(from_ / "deep" / "file", "x");
  class Counting final : public Files {
   public:
    std::set<fs::path> synced;
    Result<void> sync_folder(const fs::path& folder) override {
      synced.insert(folder);
      return {};
    }
    Result<std::unique_ptr<File>> create(const fs::path&) override { return none(); }
    Result<std::string> read(const fs::path&) override { return none(); }
    Result<std::shared_ptr<const Mapping>> map(const fs::path&) override { return none(); }
    Result<void> rename(const fs::path&, const fs::path&) override { return none(); }
    Result<void> remove(const fs::path&) override { return none(); }
    Result<void> make_folders(const fs::path&) override { return none(); }
    Result<std::vector<std::string>> list(const fs::path&) override { return none(); }

   private:
    static std::unexpected<Error> none() { return std::unexpected(internal("unused").error()); }
  } files;
  ASSERT_TRUE(sync_folders(files, from_));
  EXPECT_EQ(files.synced, (std::set<fs::path>{from_, from_ / "deep", from_ / "deep" / "deeper"}));
}

}  // namespace
}  // namespace tg
