#include "app/connect.hpp"

#include <filesystem>

#include <gtest/gtest.h>

#include "app/folder_lock.hpp"
#include "app/local_call.hpp"
#include "app/run_file.hpp"
#include "app/settings.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

namespace fs = std::filesystem;

class ConnectTest : public testing::Test {
 protected:
  ConnectTest() {
    std::string name = fs::temp_directory_path() / "tg_connect_XXXXXX";
    folder = ::mkdtemp(name.data());
  }
  ~ConnectTest() override { fs::remove_all(folder); }

  Result<std::unique_ptr<Connection>> open(std::map<std::string, std::string> environment = {}) {
    environment.emplace("TELEGNOSIS_DATA", folder.string());
    const auto config = Config::load(
        settings_schema(),
        {.environment = environment, .env_file = "/dev/null", .toml_file = "/dev/null"});
    return connect(config.value(), "ask");
  }
  // A run file that points to a port where nobody listens.
  void leave_run_file(const char* service) {
    ASSERT_TRUE(write_run_file(folder, {.service = service,
                                        .url = "http://127.0.0.1:1",
                                        .process = 4711,
                                        .key = "key",
                                        .version = "1",
                                        .started_at = {}}));
  }

  fs::path folder;
};

TEST_F(ConnectTest, OpensTheFolderWhereNoServerHasIt) {
  const auto connection = open();
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_TRUE((*connection)->services().in_process);
  const auto channels =
      run_blocking((*connection)->services().telegram->channels(local_call(), {}));
  ASSERT_TRUE(channels);
  EXPECT_TRUE(channels->data.channels.empty());
}

TEST_F(ConnectTest, IgnoresTheRunFileOfAServerThatHasGone) {
  leave_run_file("telegram");
  const auto connection = open();
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_TRUE((*connection)->services().in_process);
}

TEST_F(ConnectTest, SaysWhenALivingServerDoesNotAnswer) {
  const auto lock = FolderLock::take(folder / "telegram", "serve");
  ASSERT_TRUE(lock);
  leave_run_file("telegram");
  const auto connection = open();
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, Code::unavailable);
  EXPECT_NE(connection.error().message.find("4711"), std::string::npos);
}

TEST_F(ConnectTest, SaysWhoHasTheFolder) {
  const auto lock = FolderLock::take(folder / "telegram", "import");
  ASSERT_TRUE(lock);
  const auto connection = open();
  ASSERT_FALSE(connection);
  EXPECT_EQ(connection.error().code, Code::conflict);
  EXPECT_NE(connection.error().message.find("telegnosis import"), std::string::npos);
}

TEST_F(ConnectTest, ThroughAGatewayOnlyItsOwnRowsAreCalled) {
  const auto connection =
      open({{"TELEGNOSIS_URL", "http://127.0.0.1:1"}, {"TELEGNOSIS_TOKEN", "t"}});
  ASSERT_TRUE(connection);
  Services& services = (*connection)->services();
  const auto fsck = run_blocking(services.telegram->fsck(local_call(), {}));
  ASSERT_FALSE(fsck);
  EXPECT_EQ(fsck.error().reason, "not_through_gateway");
  const auto channels = run_blocking(services.telegram->channels(local_call(), {}));
  ASSERT_FALSE(channels);
  EXPECT_EQ(channels.error().code, Code::unavailable);  // nobody listens there
}

}  // namespace
}  // namespace tg::app
