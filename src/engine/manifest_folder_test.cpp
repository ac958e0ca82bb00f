#include "engine/manifest_folder.hpp"

#include <gtest/gtest.h>

#include "tests/support/crash_files.hpp"

namespace tg::engine {
namespace {

using testing::CrashFiles;

constexpr ManifestFolder::Kind kKind{.what = "the test", .extension = ".item", .format = 2};
constexpr ManifestFolder::Kind kNewerKind{.what = "the test", .extension = ".item", .format = 3};

std::uint64_t write_file(ManifestFolder& folder, CrashFiles& files) {
  const std::uint64_t number = folder.new_file();
  EXPECT_TRUE(write_atomically(files, folder.path(number), "item"));
  return number;
}

TEST(ManifestFolder, RemembersItsContentAndNeverReusesANumber) {
  CrashFiles files;
  std::uint64_t first = 0;
  {
    ManifestFolder folder("/m", files, kKind);
    EXPECT_FALSE(folder.read().value().has_value()) << "a new folder";
    ASSERT_TRUE(folder.adopt({}));
    first = write_file(folder, files);
    ASSERT_TRUE(folder.commit({{"a", 1}}, {first}));
  }
  ManifestFolder folder("/m", files, kKind);
  EXPECT_EQ(folder.read().value(), (json::Object{{"a", 1}}));
  ASSERT_TRUE(folder.adopt({first}));
  EXPECT_GT(folder.new_file(), first);
}

TEST(ManifestFolder, RemovesFilesThatNoManifestNames) {
  CrashFiles files;
  ManifestFolder folder("/m", files, kKind);
  ASSERT_TRUE(folder.read());
  const std::uint64_t kept = write_file(folder, files);
  const std::uint64_t failed = write_file(folder, files);
  const std::uint64_t crashed = write_file(folder, files);
  ASSERT_TRUE(folder.commit({}, {kept, crashed}));
  ASSERT_TRUE(folder.remove_unnamed());
  EXPECT_FALSE(files.read(folder.path(failed)));
  EXPECT_TRUE(files.read(folder.path(crashed)));
  ManifestFolder again("/m", files, kKind);
  ASSERT_TRUE(again.read());
  ASSERT_TRUE(again.adopt({kept}));
  EXPECT_EQ(files.list("/m").value(), (std::vector<std::string>{"00000001.item", "manifest.json"}));
}

TEST(ManifestFolder, TellsANewerFormatFromDamage) {
  CrashFiles files;
  ASSERT_TRUE(ManifestFolder("/m", files, kKind).read());
  ASSERT_TRUE(ManifestFolder("/m", files, kNewerKind).commit({}, {}));
  const auto newer = ManifestFolder("/m", files, kKind).read();
  ASSERT_FALSE(newer);
  EXPECT_EQ(newer.error().reason, "index.newer");
  ASSERT_TRUE(ManifestFolder("/m", files, kKind).commit({}, {}));
  EXPECT_EQ(ManifestFolder("/m", files, kNewerKind).read().error().reason, "index.damaged");
  ASSERT_TRUE(write_atomically(files, "/m/manifest.json", "0000000000000000\n{}"));
  EXPECT_EQ(ManifestFolder("/m", files, kKind).read().error().reason, "index.damaged");
}

TEST(ManifestFolder, ACopyHoldsTheManifestAndTheFilesInUse) {
  CrashFiles files;
  ManifestFolder folder("/m", files, kKind);
  ASSERT_TRUE(folder.read());
  ASSERT_TRUE(folder.copy_to("/empty")) << "nothing to copy";
  const std::uint64_t kept = write_file(folder, files);
  write_file(folder, files);
  ASSERT_TRUE(folder.commit({{"a", 1}}, {kept}));
  ASSERT_TRUE(folder.copy_to("/copy"));
  EXPECT_EQ(files.list("/copy").value(),
            (std::vector<std::string>{"00000001.item", "manifest.json"}));
  EXPECT_EQ(ManifestFolder("/copy", files, kKind).read().value(), (json::Object{{"a", 1}}));
}

}  // namespace
}  // namespace tg::engine
