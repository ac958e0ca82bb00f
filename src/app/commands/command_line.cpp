#include "app/commands/command_line.hpp"

#include <cstdlib>
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/commands.hpp"
#include "app/terminal.hpp"
#include "runtime/fault.hpp"
#include "runtime/log.hpp"

namespace tg::app {
namespace {

std::filesystem::path default_data_folder() {
  if (const char* data = std::getenv("TELEGNOSIS_DATA")) return data;
  if (const char* data = std::getenv("XDG_DATA_HOME"))
    return std::filesystem::path(data) / "telegnosis";
  const char* home = std::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "." : home) / ".local" / "share" / "telegnosis";
}

// Filled by the parser, read by the chosen command.
struct Options {
  std::string data = default_data_folder().string();
  bool verbose = false;
  bool json = false;
  ImportOptions import;
  AskOptions ask;
  std::string name;
  std::string file;
  std::vector<std::string> files;
  bool capabilities = false;
  bool now = false;
};

using Action = std::function<int(House&)>;

void add_json(CLI::App* command, Options& options) {
  command->add_flag("--json", options.json, "print JSON");
}

void add_question(CLI::App* command, Options& options, const char* what) {
  command->add_option("QUESTION", options.ask.question, what)->required();
  command->add_option("-k,--top-k", options.ask.top_k, "how many results")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("-c,--channel", options.ask.channel, "only this channel (id or @name)");
  command->add_option("--since", options.ask.since, "only posts from this date on (2025-01-31)");
  command->add_option("--until", options.ask.until, "only posts before this date");
  add_json(command, options);
}

void add_channel_commands(CLI::App& app, Options& options, Action& action) {
  CLI::App* channels =
      app.add_subcommand("channels", "list and remove channels")->require_subcommand(0, 1);
  add_json(channels, options);
  channels->footer("Example: telegnosis channels --json");
  channels->callback([&, channels] {
    if (channels->get_subcommands().empty())
      action = [&](House& h) { return run_channels_list(h, options.json); };
  });
  CLI::App* list = channels->add_subcommand("list", "the channels, with counts");
  add_json(list, options);
  list->callback([&] { action = [&](House& h) { return run_channels_list(h, options.json); }; });
  CLI::App* remove =
      channels->add_subcommand("remove", "delete a channel with everything that came from it");
  remove->add_option("CHANNEL", options.name, "id or @name")->required();
  remove->callback(
      [&] { action = [&](House& h) { return run_channels_remove(h, options.name); }; });
}

void add_document_commands(CLI::App& app, Options& options, Action& action) {
  CLI::App* documents =
      app.add_subcommand("documents", "add, list and remove documents")->require_subcommand(1);
  documents->footer("Example: telegnosis documents add notes.md");
  CLI::App* add = documents->add_subcommand("add", "TXT, Markdown and HTML files");
  add->add_option("FILE", options.files)->required();
  add->callback([&] { action = [&](House& h) { return run_documents_add(h, options.files); }; });
  CLI::App* list = documents->add_subcommand("list", "the documents");
  add_json(list, options);
  list->callback([&] { action = [&](House& h) { return run_documents_list(h, options.json); }; });
  CLI::App* remove = documents->add_subcommand("remove", "delete a document from everywhere");
  remove->add_option("ID", options.name)->required();
  remove->callback(
      [&] { action = [&](House& h) { return run_documents_remove(h, options.name); }; });
}

void add_maintenance_commands(CLI::App& app, Options& options, Action& action) {
  CLI::App* jobs = app.add_subcommand("jobs", "long work and how far it is");
  add_json(jobs, options);
  jobs->add_flag("--wait", options.now, "return when no job is under way");
  jobs->callback(
      [&] { action = [&](House& h) { return run_jobs(h, options.now, options.json); }; });
  CLI::App* status = app.add_subcommand("status", "health, pipeline and index");
  add_json(status, options);
  status->add_flag("--capabilities", options.capabilities, "what this version does not do yet");
  status->callback([&] {
    action = [&](House& h) { return run_status(h, options.capabilities, options.json); };
  });
  CLI::App* fsck = app.add_subcommand("fsck", "check the stored data; exit code 1 on a violation");
  add_json(fsck, options);
  fsck->callback([&] { action = [&](House& h) { return run_fsck(h, options.json); }; });
  CLI::App* erase = app.add_subcommand("erase", "overwrite on disk what was deleted");
  erase->add_flag("--now", options.now, "do it")->required();
  erase->callback([&] { action = run_erase; });
  CLI::App* backup = app.add_subcommand("backup", "copy all data into a folder, consistently");
  backup->add_option("FOLDER", options.name)->required();
  backup->callback([&] { action = [&](House& h) { return run_backup(h, options.name); }; });
  CLI::App* out = app.add_subcommand("export", "a channel's posts as JSON that `import` reads");
  out->add_option("CHANNEL", options.name, "id or @name")->required();
  out->add_option("FILE", options.file, "standard output when left out");
  out->footer("Example: telegnosis export @channel posts.json");
  out->callback(
      [&] { action = [&](House& h) { return run_export(h, options.name, options.file); }; });
}

void add_commands(CLI::App& app, Options& options, Action& action) {
  CLI::App* import = app.add_subcommand(
      "import", "Telegram Desktop exports (result.json, .gz, .zip) and posts files");
  import->add_option("FILE", options.import.files, "one or more files")
      ->required()
      ->check(CLI::ExistingFile);
  import->add_flag("--no-wait{false}", options.import.wait,
                   "return when the job is stored, not when all is searchable");
  add_json(import, options);
  import->footer("Example: telegnosis import ~/Downloads/result.json");
  import->callback([&] {
    action = [&](House& h) {
      options.import.json = options.json;
      return run_import(h, options.import);
    };
  });
  CLI::App* ask = app.add_subcommand("ask", "an answer with the posts it comes from");
  add_question(ask, options, "the question");
  ask->footer("Example: telegnosis ask \"When did the museum open?\"");
  ask->callback([&] {
    action = [&](House& h) {
      options.ask.json = options.json;
      return run_ask(h, options.ask);
    };
  });
  CLI::App* search = app.add_subcommand("search", "posts and documents by words");
  add_question(search, options, "what to look for");
  search->footer("Example: telegnosis search --channel @news --since 2025-06-01 \"tram depot\"");
  search->callback([&] {
    action = [&](House& h) {
      options.ask.json = options.json;
      return run_search(h, options.ask);
    };
  });
  add_channel_commands(app, options, action);
  add_document_commands(app, options, action);
  add_maintenance_commands(app, options, action);
}

}  // namespace

api::Call local_call() {
  return {
      .request_id = Uuid::random().text(),
      .principal = {
          .user_id = "local", .role = api::Role::admin, .space = "default", .is_service = false}};
}

int run_command_line(int argc, char** argv) {
  CLI::App app("Ask your Telegram channels, get answers with the posts they come from.",
               "telegnosis");
  app.set_version_flag("--version", std::string("telegnosis ") + TG_VERSION +
                                        (fault::kCompiledIn ? " (with fault points)" : ""));
  app.require_subcommand(1);
  Options options;
  Action action;
  app.add_option("--data", options.data, "the data folder (TELEGNOSIS_DATA)")
      ->capture_default_str();
  app.add_flag("-v,--verbose", options.verbose, "say more on standard error");
  app.footer(
      "Exit codes: 0 done, 1 failed, 2 wrong usage or input, 3 not available now, 4 not found, 5 "
      "not allowed.");
  app.add_subcommand("version", "print the version")->callback([&] {
    action = nullptr;
    print(std::string("telegnosis ") + TG_VERSION);
  });
  add_commands(app, options, action);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int code = app.exit(error);
    return code == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  if (!action) return 0;
  log::set_level(options.verbose ? log::Level::info : log::Level::warning);
  auto house = House::open({.data = options.data, .import_folder = "/"});
  if (!house) return report(house.error());
  return action(**house);
}

}  // namespace tg::app
