#include "runtime/fault.hpp"

#include <filesystem>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ids.hpp"

namespace tg {
namespace {

class FaultTest : public testing::Test {
 protected:
  void TearDown() override { ASSERT_TRUE(fault::set_plan("")); }
};

TEST_F(FaultTest, FailsAtTheChosenPassageOnly) {
  ASSERT_TRUE(fault::set_plan("a.place=error@2,other=error"));
  EXPECT_TRUE(fault::pass("a.place"));
  EXPECT_FALSE(fault::pass("a.place"));
  EXPECT_TRUE(fault::pass("a.place"));
  EXPECT_EQ(fault::passages("a.place"), 3U);
  EXPECT_FALSE(fault::pass("other"));
}

TEST_F(FaultTest, AnUnknownActionIsRefusedAndNamed) {
  const auto refused = fault::set_plan("a.place=explode");
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("explode"), std::string::npos);
}

TEST_F(FaultTest, CrashKillsTheProcess) {
  ASSERT_TRUE(fault::set_plan("a.place=crash"));
  EXPECT_EXIT(static_cast<void>(fault::pass("a.place")), testing::KilledBySignal(SIGKILL), "");
}

TEST_F(FaultTest, ABarrierWaitsForTheTest) {
  const auto fifo = std::filesystem::temp_directory_path() / ("tg_fifo_" + random_hex(6));
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  ASSERT_TRUE(fault::set_plan("a.place=barrier:" + fifo.string()));
  bool passed = false;
  std::thread waiting([&passed] { passed = fault::pass("a.place").has_value(); });
  const int writer = ::open(fifo.c_str(), O_WRONLY);  // returns when the other side waits
  waiting.join();
  ::close(writer);
  EXPECT_TRUE(passed);
  std::filesystem::remove(fifo);
}

}  // namespace
}  // namespace tg
