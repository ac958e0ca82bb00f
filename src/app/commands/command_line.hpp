// The command line: which commands there are, what they take, and over which services they run.
// Each command's file adds its own:
//
//   void add_fsck(CommandLine& line) {
//     CLI::App* fsck = line.add("fsck", "check the stored data", "telegnosis fsck");
//     auto json = line.json_flag(fsck);
//     line.over_services(fsck, [json](Services& services) { return run_fsck(services, *json); });
//   }
//
// One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
// CLI11's headers need this order.

#include "api/call.hpp"
#include "app/configuration.hpp"
#include "app/connect.hpp"
#include "app/services.hpp"

namespace tg::app {

class CommandLine {
 public:
  CommandLine();

  // A command, or with `under` a command of a command. The example closes its help.
  CLI::App* add(const std::string& name, const std::string& what, const std::string& example,
                CLI::App* under = nullptr);
  std::shared_ptr<bool> json_flag(CLI::App* command);
  // What the command does. The first form opens or finds the services that the global options name.
  void over_services(CLI::App* command, std::function<int(Services&)> run);
  void choose(CLI::App* command, std::function<int()> run);

  // Connects and runs: for commands that decide themselves whether they need services.
  int run_over(const std::string& purpose, const std::function<int(Services&)>& run);

  // The program's arguments; answers with an exit code.
  int run(int argc, char** argv);
  const CLI::App& app() const { return app_; }
  const SettingFlags& setting_flags() const { return flags_; }

 private:
  CLI::App app_;
  SettingFlags flags_;
  std::string url_;
  std::string token_;
  bool verbose_ = false;
  std::function<int()> chosen_;
};

// Every command of the program.
void add_commands(CommandLine& line);

// Runs one command; the exit code is one of ExitCode.
int run_command_line(int argc, char** argv);

// Who calls when a command runs over services of its own process: the owner of the data folder, who
// needs no login. Remote services know him by the key that goes with the call.
api::Call local_call();

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
