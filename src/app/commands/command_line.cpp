#include "app/commands/command_line.hpp"

#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/terminal.hpp"
#include "app/version.hpp"
#include "runtime/log.hpp"

namespace tg::app {
namespace {

constexpr const char* kFooter =
    "Commands open the data folder themselves; if `telegnosis serve` has it open, they call that "
    "server.\nResults are written to standard output, everything else to standard error.\n\nExit "
    "codes: 0 success, 1 failure, 2 invalid usage or input, 3 not available, 4 not found, 5 not "
    "permitted.";

}  // namespace

CommandLine::CommandLine()
    : app_("Ask your Telegram channels, get answers with the posts they come from.", "telegnosis") {
  app_.set_version_flag("--version", version_line());
  app_.require_subcommand(1);
  app_.fallthrough();  // global options may be given before or after the command
  app_.get_formatter()->column_width(28);
  app_.add_option("--data", flags_.data,
                  "data folder (TELEGNOSIS_DATA; default ~/.local/share/telegnosis)");
  add_setting("--url", "TELEGNOSIS_URL", "URL of a gateway to call (TELEGNOSIS_URL)");
  add_setting("--token", "TELEGNOSIS_TOKEN", "access token for --url (TELEGNOSIS_TOKEN)");
  app_.add_option("--config", flags_.config_file, "settings file instead of ./telegnosis.toml");
  app_.add_option("--set", flags_.assignments, "set a setting for this run: KEY=VALUE")
      ->allow_extra_args(false);
  app_.add_flag("-v,--verbose", verbose_, "write more to standard error");
  app_.footer(kFooter);
}

void CommandLine::add_setting(const char* option, const char* key, const char* what) {
  app_.add_option_function<std::string>(
      option,
      [this, option, key](const std::string& value) {
        flags_.more.push_back({.key = key, .value = value, .flag = option});
      },
      what);
}

CLI::App* CommandLine::add(const std::string& name, const std::string& what,
                           const std::string& example, CLI::App* under) {
  CLI::App* command = (under == nullptr ? &app_ : under)->add_subcommand(name, what);
  command->footer("Example: " + example);
  return command;
}

std::shared_ptr<bool> CommandLine::json_flag(CLI::App* command) {
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "print JSON");
  return json;
}

void CommandLine::over_services(CLI::App* command, std::function<int(Services&)> run) {
  command->callback([this, command, run = std::move(run)] {
    if (!command->get_subcommands().empty()) return;  // the subcommand has been chosen
    chosen_ = [this, name = command->get_name(), run] { return run_over(name, run); };
  });
}

void CommandLine::choose(CLI::App* command, std::function<int()> run) {
  command->callback([this, run = std::move(run)] { chosen_ = run; });
}

int CommandLine::run_over(const std::string& purpose, const std::function<int(Services&)>& run) {
  const auto config = load_config(flags_);
  if (!config) return report(config.error());
  auto connection = connect(*config, purpose);
  if (!connection) return report(connection.error());
  return run((*connection)->services());
}

int CommandLine::run(int argc, char** argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app_.exit(error);
    return code == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  log::set_level(verbose_ ? log::Level::info : log::Level::warning);
  return chosen_ ? chosen_() : 0;
}

void add_commands(CommandLine& line) {
  add_serve_commands(line);
  add_import_commands(line);
  add_ask_commands(line);
  add_channel_commands(line);
  add_document_commands(line);
  add_job_commands(line);
  add_user_commands(line);
  add_status_command(line);
  add_maintenance_commands(line);
  add_shell_commands(line);
}

int run_command_line(int argc, char** argv) {
  CommandLine line;
  add_commands(line);
  return line.run(argc, argv);
}

}  // namespace tg::app
