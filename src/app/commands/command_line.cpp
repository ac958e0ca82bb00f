#include "app/commands/command_line.hpp"

#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>

#include "app/terminal.hpp"
#include "app/version.hpp"
#include "base/ids.hpp"
#include "runtime/log.hpp"

namespace tg::app {
namespace {

constexpr const char* kFooter =
    "Without a server the commands open the data folder themselves; where `telegnosis serve` holds "
    "it,\nthey go to it over HTTP. Answers are written to standard output, all else to standard "
    "error.\n\nExit codes: 0 done, 1 failed, 2 wrong usage or input, 3 not available now, 4 not "
    "found, 5 not allowed.";

}  // namespace

api::Call local_call() {
  return {
      .request_id = Uuid::random().text(),
      .principal = {
          .user_id = "local", .role = api::Role::admin, .space = "default", .is_service = false}};
}

CommandLine::CommandLine()
    : app_("Ask your Telegram channels, get answers with the posts they come from.", "telegnosis") {
  app_.set_version_flag("--version", version_line());
  app_.require_subcommand(1);
  app_.fallthrough();  // global options stand before or after the command
  app_.get_formatter()->column_width(28);
  app_.add_option("--data", flags_.data,
                  "the data folder (TELEGNOSIS_DATA; ~/.local/share/telegnosis)");
  app_.add_option("--url", url_, "the gateway of a server elsewhere")->envname("TELEGNOSIS_URL");
  app_.add_option("--token", token_, "an access token for --url")->envname("TELEGNOSIS_TOKEN");
  app_.add_option("--config", flags_.config_file, "a settings file instead of ./telegnosis.toml");
  app_.add_option("--set", flags_.assignments, "a setting for this run: KEY=VALUE")
      ->allow_extra_args(false);
  app_.add_flag("-v,--verbose", verbose_, "say more on standard error");
  app_.footer(kFooter);
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
    if (!command->get_subcommands().empty()) return;  // that one has chosen
    chosen_ = [this, name = command->get_name(), run] { return run_over(name, run); };
  });
}

void CommandLine::choose(CLI::App* command, std::function<int()> run) {
  command->callback([this, run = std::move(run)] { chosen_ = run; });
}

int CommandLine::run_over(const std::string& purpose, const std::function<int(Services&)>& run) {
  const auto config = load_config(flags_);
  if (!config) return report(config.error());
  auto connection = connect(*config, {.url = url_, .token = token_, .purpose = purpose});
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
