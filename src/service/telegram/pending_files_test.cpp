#include "service/telegram/pending_files.hpp"

#include <gtest/gtest.h>

#include "base/ids.hpp"
#include "runtime/files.hpp"

namespace tg::telegram {
namespace {

namespace fs = std::filesystem;

TEST(PendingFiles, ADraftRemovesItsFileUnlessItIsKept) {
  const fs::path folder = fs::temp_directory_path() / ("tg_pending_" + random_hex(6));
  fs::create_directories(folder);
  PendingFiles pending;
  {
    auto dropped = pending.add(folder / "dropped");
    auto kept = pending.add(folder / "kept");
    ASSERT_TRUE(dropped && kept);
    EXPECT_FALSE(pending.add(folder / "kept")) << "is being written";
    for (const auto* draft : {&*dropped, &*kept})
      ASSERT_TRUE(disk_files().create(draft->path()).value()->append("x"));
    EXPECT_EQ(pending.paths(), (std::set{folder / "dropped", folder / "kept"}));
    kept->keep();
    const PendingFiles::Draft moved = *std::move(dropped);
    EXPECT_TRUE(fs::exists(moved.path()));
  }
  EXPECT_FALSE(fs::exists(folder / "dropped"));
  EXPECT_TRUE(fs::exists(folder / "kept"));
  EXPECT_TRUE(pending.paths().empty());
  fs::remove_all(folder);
}

}  // namespace
}  // namespace tg::telegram
