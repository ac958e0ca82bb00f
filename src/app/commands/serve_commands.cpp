// serve, config.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/serve.hpp"
#include "app/settings.hpp"
#include "app/terminal.hpp"
#include "base/json.hpp"
#include "runtime/log.hpp"
#include "runtime/log_settings.hpp"

namespace tg::app {
namespace {

struct ServeOptions {
  std::vector<std::string> only;
  std::string port_base;
  std::string listen;
};

int serve(CommandLine& line, const ServeOptions& options) {
  const auto only = service_list(options.only);
  if (!only) return report(only.error());
  SettingFlags flags = line.setting_flags();
  if (!options.port_base.empty())
    flags.more.push_back({"PORT_BASE", options.port_base, "--port-base"});
  if (!options.listen.empty()) flags.more.push_back({"LISTEN_ADDRESS", options.listen, "--listen"});
  const auto config = load_config(flags);
  if (!config) return report(config.error());
  log::configure(config->read<log::Settings>());
  for (const std::string& warning : config->warnings()) print_note("telegnosis: " + warning);
  return run_serve(*config, *only);
}

int show_config(const SettingFlags& flags, bool as_json) {
  const auto config = load_config(flags);
  if (!config) return report(config.error());
  json::Array all;
  std::string module;
  for (const ConfigEntry& entry : config->entries()) {
    if (as_json) {
      all.push_back(json::Object{{"module", entry.module},
                                 {"key", entry.key},
                                 {"toml_key", entry.toml_key},
                                 {"value", entry.value},
                                 {"origin", entry.origin},
                                 {"about", entry.doc}});
      continue;
    }
    if (entry.module != module)
      print(bold(fmt::format("{}[{}]", module.empty() ? "" : "\n", entry.module)));
    module = entry.module;
    print(fmt::format("{:<32} {:<24} {}", entry.key, printable(entry.value),
                      faint(printable(entry.origin))));
  }
  if (as_json) print(json::to_pretty_text(json::Value(all)));
  for (const std::string& warning : config->warnings()) print_note("telegnosis: " + warning);
  return 0;
}

}  // namespace

void add_serve_commands(CommandLine& line) {
  auto options = std::make_shared<ServeOptions>();
  CLI::App* command = line.add("serve", "run the services, all nine or some of them",
                               "telegnosis serve --only telegram,document --port-base 9000");
  command->add_option("--only", options->only,
                      "run only these services; the others are found by their *_URL settings");
  command->add_option("--port-base", options->port_base,
                      "the gateway's port, followed by those of the others (8000); 0: free ports");
  command->add_option("--listen", options->listen,
                      "address that the gateway listens on (127.0.0.1)");
  line.choose(command, [&line, options] { return serve(line, *options); });

  CLI::App* config = line.add("config", "show every setting, its value and its origin",
                              "telegnosis config --json");
  const auto json = line.json_flag(config);
  line.choose(config, [&line, json] { return show_config(line.setting_flags(), *json); });
}

}  // namespace tg::app
