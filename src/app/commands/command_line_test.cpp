#include "app/commands/command_line.hpp"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "app/commands/progress.hpp"
#include "app/manual.hpp"
#include "app/terminal.hpp"

namespace tg::app {
namespace {

TEST(Progress, ShowsBarRateAndTimeLeft) {
  const api::Job job{.state = api::JobState::running,
                     .done = 1911,
                     .total = 3822,
                     .rate = 1530.4,
                     .eta = 75,
                     .created_at = {},
                     .updated_at = {}};
  EXPECT_EQ(
      progress_line("result.json", job),
      "result.json [##########          ] 50%  1,911 of 3,822 posts  1,530/s  1 min 15 s left");
}

TEST(Progress, ShowsNoBarWhereTheTotalIsUnknown) {
  const api::Job job{
      .state = api::JobState::running, .done = 1, .created_at = {}, .updated_at = {}};
  EXPECT_EQ(progress_line("@durov", job), "@durov  1 post");
}

TEST(Progress, CountsWhatThereIsInAll) {
  const api::Job job{
      .state = api::JobState::running, .done = 1, .total = 5, .created_at = {}, .updated_at = {}};
  EXPECT_TRUE(progress_line("x", job).ends_with("1 of 5 posts")) << progress_line("x", job);
}

TEST(Progress, SaysWhatItWaitsFor) {
  api::Job job{
      .state = api::JobState::running, .done = 5, .total = 5, .created_at = {}, .updated_at = {}};
  EXPECT_TRUE(progress_line("x", job).ends_with("5 posts, making them searchable"));
  job.state = api::JobState::waiting;
  job.waiting_until = parse_iso8601("2026-01-31T14:05:00Z").value();
  EXPECT_TRUE(progress_line("x", job).ends_with(", waiting until 2026-01-31T14:05:00Z"));
}

TEST(Terminal, GroupsDigitsAndCounts) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1000), "1,000");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-1234), "-1,234");
  EXPECT_EQ(counted(0, "chunk"), "0 chunks");
  EXPECT_EQ(counted(1, "chunk"), "1 chunk");
  EXPECT_EQ(counted(1204, "chunk"), "1,204 chunks");
}

TEST(Progress, SaysDurationsInWords) {
  EXPECT_EQ(duration_words(std::chrono::seconds(59)), "59 s");
  EXPECT_EQ(duration_words(std::chrono::seconds(60)), "1 min 0 s");
  EXPECT_EQ(duration_words(std::chrono::seconds(7500)), "2 h 5 min");
}

// f(path, command) for every command that is shown.
template <typename F>
void each_command(const CLI::App& app, const std::string& path, F&& f) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_group().empty()) continue;
    const std::string name = path + " " + command->get_name();
    f(name, *command);
    each_command(*command, name, f);
  }
}

TEST(CommandLine, EveryCommandSaysWhatItDoesAndGivesAnExampleOfItself) {
  CommandLine line;
  add_commands(line);
  std::size_t seen = 0;
  each_command(line.app(), "telegnosis", [&](const std::string& name, const CLI::App& command) {
    ++seen;
    EXPECT_FALSE(command.get_description().empty()) << name;
    EXPECT_NE(command.get_footer().find("Example: "), std::string::npos) << name;
    EXPECT_NE(command.get_footer().find(command.get_name()), std::string::npos) << name;
    const std::string help = command.help();
    EXPECT_FALSE(help.contains("{false}") || help.contains("->")) << help;
  });
  EXPECT_GE(seen, 20U);
}

TEST(CommandLine, ManualAndCompletionsNameEveryCommand) {
  CommandLine line;
  add_commands(line);
  const std::string manual = manual_page(line.app());
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const auto script = completion_script(line.app(), shell);
    ASSERT_TRUE(script);
    each_command(line.app(), "telegnosis", [&](const std::string& name, const CLI::App& command) {
      EXPECT_NE(script->find(command.get_name()), std::string::npos) << shell << ": " << name;
      EXPECT_NE(manual.find(".SS " + name.substr(11)), std::string::npos) << name;
    });
  }
  EXPECT_FALSE(completion_script(line.app(), "tcsh"));
}

}  // namespace
}  // namespace tg::app
