#include "app/folder_lock.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/run_file.hpp"
#include "runtime/files.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

class FolderLockTest : public testing::Test {
 protected:
  FolderLockTest() {
    std::string name = fs::temp_directory_path() / "tg_lock_XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~FolderLockTest() override { fs::remove_all(folder); }

  RunFile run_file() const {
    return {.service = "telegram",
            .url = "http://127.0.0.1:8008",
            .process = ::getpid(),
            .key = "secret",
            .version = "1",
            .started_at = {}};
  }

  fs::path folder;
};

TEST_F(FolderLockTest, SecondTakerLearnsWhoHasIt) {
  auto first = FolderLock::take(folder / "telegram", "import");
  ASSERT_TRUE(first);
  const auto second = FolderLock::take(folder / "telegram", "ask");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
  EXPECT_NE(second.error().message.find("telegnosis import"), std::string::npos);
  EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
}

TEST_F(FolderLockTest, IsFreeWhenItsOwnerHasGone) {
  {
    ASSERT_TRUE(FolderLock::take(folder / "telegram", "import"));
  }
  EXPECT_FALSE(FolderLock::holder(folder / "telegram"));
  EXPECT_TRUE(FolderLock::take(folder / "telegram", "ask"));
}

TEST_F(FolderLockTest, GoesWithAProcessThatIsKilled) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto lock = FolderLock::take(folder / "telegram", "serve");
    const char byte = lock ? 'y' : 'n';
    static_cast<void>(::write(ready[1], &byte, 1));
    ::pause();
    ::_exit(0);
  }
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  ASSERT_EQ(byte, 'y');
  const auto holder = FolderLock::holder(folder / "telegram");
  ASSERT_TRUE(holder);
  EXPECT_EQ(holder->process, child);
  EXPECT_EQ(holder->purpose, "serve");
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_FALSE(FolderLock::holder(folder / "telegram"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(FolderLockTest, LookingDoesNotTake) {
  ASSERT_TRUE(disk_files().make_folders(folder / "telegram"));
  EXPECT_FALSE(FolderLock::holder(folder / "telegram"));
  auto lock = FolderLock::take(folder / "telegram", "serve");
  ASSERT_TRUE(lock);
  EXPECT_TRUE(FolderLock::holder(folder / "telegram"));
  EXPECT_TRUE(FolderLock::holder(folder / "telegram"));
}

TEST_F(FolderLockTest, RunFileOfALivingServerIsFoundAndItsModeIsTheOwnersAlone) {
  const auto lock = FolderLock::take(folder / "telegram", "serve");
  ASSERT_TRUE(lock);
  ASSERT_TRUE(write_run_file(folder, run_file()));
  const auto found = read_run_file(folder, "telegram");
  ASSERT_TRUE(found);
  ASSERT_TRUE(*found);
  EXPECT_EQ((*found)->url, "http://127.0.0.1:8008");
  EXPECT_EQ((*found)->key, "secret");
  EXPECT_EQ(fs::status(folder / "run" / "telegram.json").permissions() & fs::perms::all,
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(FolderLockTest, RunFileThatAKilledServerLeftIsIgnored) {
  {
    ASSERT_TRUE(FolderLock::take(folder / "telegram", "serve"));
  }
  ASSERT_TRUE(write_run_file(folder, run_file()));
  const auto found = read_run_file(folder, "telegram");
  ASSERT_TRUE(found);
  EXPECT_FALSE(*found);
}

TEST_F(FolderLockTest, BrokenRunFileIsSaidToBeBroken) {
  const auto lock = FolderLock::take(folder / "telegram", "serve");
  ASSERT_TRUE(lock);
  ASSERT_TRUE(disk_files().make_folders(folder / "run"));
  ASSERT_TRUE(write_atomically(disk_files(), folder / "run" / "telegram.json", "{\"service\":"));
  const auto found = read_run_file(folder, "telegram");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().reason, "run_file.broken");
}

}  // namespace
}  // namespace tg::app
