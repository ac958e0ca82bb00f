// The command line: the commands, their options, and the services that they run on. Each file in
// this folder adds its own commands:
//
//   void add_fsck(CommandLine& line) {
//     CLI::App* fsck = line.add("fsck", "check the stored data", "telegnosis fsck");
//     auto json = line.json_flag(fsck);
//     line.over_services(fsck, [json](Services& services) { return run_fsck(services, *json); });
//   }
//
// Not thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
// CLI11's headers need this order.

#include "app/configuration.hpp"
#include "app/connect.hpp"
#include "app/local_call.hpp"
#include "app/services.hpp"

namespace tg::app {

class CommandLine {
 public:
  CommandLine();

  // Adds a command, or a subcommand of `under`. The example is shown at the end of its help.
  CLI::App* add(const std::string& name, const std::string& what, const std::string& example,
                CLI::App* under = nullptr);
  std::shared_ptr<bool> json_flag(CLI::App* command);
  // Sets what the command does. over_services() connects to the services first, choose() does not.
  void over_services(CLI::App* command, std::function<int(Services&)> run);
  void choose(CLI::App* command, std::function<int()> run);

  // Connects and runs: for commands that decide at run time whether they need services.
  int run_over(const std::string& purpose, const std::function<int(Services&)>& run);

  // Parses the program's arguments and runs the command; returns the exit code.
  int run(int argc, char** argv);
  const CLI::App& app() const { return app_; }
  const SettingFlags& setting_flags() const { return flags_; }

 private:
  // A global option that sets a setting.
  void add_setting(const char* option, const char* key, const char* what);

  CLI::App app_;
  SettingFlags flags_;
  bool verbose_ = false;
  std::function<int()> chosen_;
};

// Every command of the program.
void add_commands(CommandLine& line);

// Runs one command; returns one of ExitCode.
int run_command_line(int argc, char** argv);

void add_import_commands(CommandLine& line);
void add_ask_commands(CommandLine& line);
void add_channel_commands(CommandLine& line);
void add_document_commands(CommandLine& line);
void add_job_commands(CommandLine& line);
void add_user_commands(CommandLine& line);
void add_status_command(CommandLine& line);
void add_maintenance_commands(CommandLine& line);
void add_serve_commands(CommandLine& line);
void add_shell_commands(CommandLine& line);

}  // namespace tg::app
