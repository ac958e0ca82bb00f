// import, add: start jobs that bring posts in, and follow them until the posts are searchable.
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "api/file_source.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/progress.hpp"
#include "app/terminal.hpp"
#include "base/json_fields.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

struct ImportOptions {
  std::vector<std::string> files;
  bool wait = true;
};

struct AddOptions {
  std::vector<std::string> channels;
  std::int64_t limit = 1000;
  std::string since;
  bool watch = true;
  bool wait = true;
};

// True if the job found posts and none of them was stored, now or before.
bool is_all_refused(const api::Job& job) {
  std::int64_t kept = 0;
  std::int64_t refused = 0;
  for (const json::Value& value : json::array_in(job.result, "channels")) {
    if (!value.is_object()) continue;
    for (const char* name : {"new", "changed", "unchanged"})
      kept += json::integer_in(value.get_object(), name).value_or(0);
    refused += json::integer_in(value.get_object(), "refused").value_or(0);
  }
  return kept == 0 && refused > 0;
}

// Waits for the job and prints its report; returns the exit code.
int finish_job(Services& services, const std::string& job_id, const std::string& name,
               json::Array* reports) {
  const auto job = follow_job(*services.telegram, job_id, name);
  if (!job) {
    const int code = report(job.error());
    print_note(fmt::format(
        "the job continues in the background; check it with `telegnosis jobs` (id {})", job_id));
    return code;
  }
  if (reports != nullptr) {
    reports->push_back(json::write(*job));
  } else {
    print_job_report(*job);
  }
  if (job->state == api::JobState::done) {
    if (!is_all_refused(*job)) return 0;
    print_note(fmt::format("telegnosis: {}: every post was refused", name));
    return static_cast<int>(ExitCode::failed);
  }
  print_note(fmt::format("telegnosis: {}: {}", name, job->error.value_or("it was cancelled")));
  return static_cast<int>(ExitCode::failed);
}

// A server cannot open our files: their bytes are streamed to it.
Result<api::JobAccepted> start_import(Services& services, const std::filesystem::path& path) {
  api::ImportRequest request;
  if (services.in_process) {
    request.path = path.string();
    return run_blocking(services.telegram->import_posts(local_call(), std::move(request)));
  }
  ProgressLine line;
  const std::string name = path.filename().string();
  TG_TRY(auto bytes, api::file_source(path, nullptr, [&](std::uint64_t sent, std::uint64_t size) {
           line.show(fmt::format("{}: sending, {}%", name, size == 0 ? 100 : 100 * sent / size));
         }));
  request.file = api::Upload{.filename = name, .content_type = {}, .bytes = std::move(bytes)};
  return run_blocking(services.telegram->import_posts(local_call(), std::move(request)));
}

int run_import(Services& services, const ImportOptions& options, bool as_json) {
  int exit_code = 0;
  json::Array reports;
  for (const std::string& file : options.files) {
    const auto path = std::filesystem::absolute(file);
    auto accepted = start_import(services, path);
    if (!accepted) {
      accepted.error().message = file + ": " + accepted.error().message;
      exit_code = report(accepted.error());
      continue;
    }
    if (!options.wait) {
      print(accepted->job_id);
      continue;
    }
    const int code = finish_job(services, accepted->job_id, path.filename().string(),
                                as_json ? &reports : nullptr);
    if (code != 0) exit_code = code;
  }
  if (as_json && options.wait) print(json::to_text(reports));
  return exit_code;
}

Result<api::AddChannelRequest> request_of(const AddOptions& options, const std::string& channel) {
  api::AddChannelRequest request{
      .channel = channel, .limit = options.limit, .min_date = {}, .watch = options.watch};
  if (options.since.empty()) return request;
  auto time = parse_iso8601(options.since);
  if (!time) return invalid("--since", time.error().message);
  request.min_date = *time;
  return request;
}

int run_add(Services& services, const AddOptions& options, bool as_json) {
  int exit_code = 0;
  json::Array reports;
  for (const std::string& channel : options.channels) {
    const auto request = request_of(options, channel);
    if (!request) return report(request.error());
    auto accepted = run_blocking(services.telegram->add(local_call(), *request));
    if (!accepted) {
      accepted.error().message = channel + ": " + accepted.error().message;
      exit_code = report(accepted.error());
      continue;
    }
    print_note(fmt::format("{}: reading up to {} (--limit){}", channel,
                           counted(options.limit, "post"),
                           options.since.empty() ? "" : ", from " + options.since + " on"));
    if (!options.wait) {
      print(accepted->job_id);
      continue;
    }
    const int code = finish_job(services, accepted->job_id, channel, as_json ? &reports : nullptr);
    if (code != 0) exit_code = code;
  }
  if (as_json && options.wait) print(json::to_text(reports));
  if (options.watch && services.in_process)
    print_note("new posts are read while `telegnosis serve` runs");
  return exit_code;
}

// CLI11's own form, "--no-wait{false}", would be shown like that in the help. `value` must live as
// long as the command.
void no_flag(CLI::App* command, const char* name, bool& value, const char* what) {
  command->add_flag_callback(name, [&value] { value = false; }, what);
}

}  // namespace

void add_import_commands(CommandLine& line) {
  auto import = std::make_shared<ImportOptions>();
  CLI::App* command =
      line.add("import", "import Telegram Desktop exports (result.json, .gz, .zip) and posts files",
               "telegnosis import ~/Downloads/result.json");
  command->add_option("FILE", import->files, "one or more files")
      ->required()
      ->check(CLI::ExistingFile);
  no_flag(command, "--no-wait", import->wait,
          "return when the job is stored, before the posts are searchable");
  const auto json = line.json_flag(command);
  line.over_services(
      command, [import, json](Services& services) { return run_import(services, *import, *json); });

  auto add = std::make_shared<AddOptions>();
  command = line.add("add", "read public channels without an account, and watch them for new posts",
                     "telegnosis add @durov --limit 500 --since 2025-01-01");
  command->add_option("CHANNEL", add->channels, "one or more of @name or a link")->required();
  command->add_option("--limit", add->limit, "maximum number of posts to read")
      ->check(CLI::Range(1, 10'000'000))
      ->capture_default_str();
  command->add_option("--since", add->since, "ignore posts before this date (2025-01-31)");
  no_flag(command, "--no-watch", add->watch, "do not watch for new posts");
  no_flag(command, "--no-wait", add->wait,
          "return when the job is stored, before the posts are searchable");
  const auto add_json = line.json_flag(command);
  line.over_services(
      command, [add, add_json](Services& services) { return run_add(services, *add, *add_json); });
}

}  // namespace tg::app
