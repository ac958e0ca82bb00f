// docs/telegnosis.1 is generated from the commands; TG_UPDATE=1 rewrites it.
#include "app/manual.hpp"

#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "app/commands/command_line.hpp"
#include "runtime/files.hpp"

namespace tg::app {
namespace {

TEST(Manual, PageInTheTreeIsCurrent) {
  CommandLine line;
  add_commands(line);
  const std::string page = manual_page(line.app()) + "\n";
  const std::filesystem::path file = std::filesystem::path(TG_SOURCE_FOLDER) / "docs/telegnosis.1";
  if (std::getenv("TG_UPDATE") != nullptr) {
    ASSERT_TRUE(write_atomically(disk_files(), file, page));
  }
  const auto stored = disk_files().read(file);
  ASSERT_TRUE(stored);
  EXPECT_TRUE(*stored == page) << "docs/telegnosis.1 is outdated: run make docs";
}

}  // namespace
}  // namespace tg::app
