// channels list|remove, export.
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/terminal.hpp"
#include "base/json.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

int run_list(Services& services, bool as_json) {
  const auto reply = run_blocking(services.telegram->channels(local_call(), {}));
  if (!reply) return report(reply.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(reply->data.channels)));
    return 0;
  }
  for (const api::ChannelView& channel : reply->data.channels) {
    print(fmt::format("{:>14}  {:>14}  {}{}{}", channel.id, counted(channel.posts, "post"),
                      printable(channel.title),
                      channel.username ? "  @" + printable(*channel.username) : "",
                      channel.watched ? "  (watched)" : ""));
  }
  if (reply->data.channels.empty())
    print_note("no channels yet: telegnosis import result.json, or telegnosis add @name");
  return 0;
}

int run_remove(Services& services, const std::string& name) {
  const auto reply = run_blocking(services.telegram->delete_channel(local_call(), {name}));
  if (!reply) return report(reply.error());
  print(printable(reply->message));
  return 0;
}

// Writes to standard output, or to a file that appears under its name when it is complete.
class ExportOutput {
 public:
  static Result<ExportOutput> open(const std::string& path) {
    if (path.empty() || path == "-") return ExportOutput({}, nullptr);
    TG_TRY(auto file, disk_files().create(path + ".tmp"));
    return ExportOutput(path, std::move(file));
  }
  Result<void> write(std::string_view text) {
    if (file_) return file_->append(text);
    print_part(text);
    return {};
  }
  Result<void> finish() {
    if (!file_) return {};
    TG_TRY_VOID(file_->sync());
    file_.reset();
    return disk_files().rename(path_.string() + ".tmp", path_);
  }
  void discard() {
    if (!file_) return;
    file_.reset();
    static_cast<void>(disk_files().remove(path_.string() + ".tmp"));
  }

 private:
  ExportOutput(std::filesystem::path path, std::unique_ptr<File> file)
      : path_(std::move(path)), file_(std::move(file)) {}
  std::filesystem::path path_;
  std::unique_ptr<File> file_;
};

constexpr std::int64_t kExportPage = 1000;

// A posts file, which `import` reads, one page of posts at a time; returns the number of posts.
Result<std::int64_t> export_posts(Services& services, const std::string& name,
                                  ExportOutput& output) {
  std::int64_t count = 0;
  api::MessagesQuery query{.id = name, .limit = kExportPage, .offset_id = {}};
  while (true) {
    TG_TRY(const auto page, run_blocking(services.telegram->messages(local_call(), query)));
    const std::vector<api::PostView>& posts = page.data.messages;
    if (count == 0) {
      const std::string shown =
          posts.empty() ? name
                        : posts.front().channel_username.value_or(posts.front().channel_title);
      TG_TRY_VOID(
          output.write(fmt::format(R"({{"parsed_at": {}, "channel": {}, "posts": [)",
                                   json::to_text(json::Value(format_iso8601(SystemClock().wall()))),
                                   json::to_text(json::Value(shown)))));
    }
    if (posts.empty()) break;
    for (const api::PostView& post : posts) {
      TG_TRY_VOID(output.write((count++ == 0 ? "\n" : ",\n") + json::to_text(json::write(post))));
    }
    query.offset_id = posts.back().message_id;
  }
  TG_TRY_VOID(output.write(fmt::format("\n], \"total_posts\": {}}}\n", count)));
  return count;
}

int run_export(Services& services, const std::string& name, const std::string& file) {
  auto output = ExportOutput::open(file);
  if (!output) return report(output.error());
  const auto count = export_posts(services, name, *output);
  if (!count) {
    output->discard();
    return report(count.error());
  }
  if (const auto finished = output->finish(); !finished) return report(finished.error());
  print_note(counted(*count, "post"));
  return 0;
}

}  // namespace

void add_channel_commands(CommandLine& line) {
  CLI::App* channels =
      line.add("channels", "list and remove channels", "telegnosis channels --json")
          ->require_subcommand(0, 1);
  const auto json = line.json_flag(channels);
  line.over_services(channels, [json](Services& services) { return run_list(services, *json); });

  CLI::App* list =
      line.add("list", "list channels with their counts", "telegnosis channels list", channels);
  const auto list_json = line.json_flag(list);
  line.over_services(list,
                     [list_json](Services& services) { return run_list(services, *list_json); });

  auto name = std::make_shared<std::string>();
  CLI::App* remove = line.add("remove", "delete a channel and everything that came from it",
                              "telegnosis channels remove @durov", channels);
  remove->add_option("CHANNEL", *name, "id or @name")->required();
  line.over_services(remove, [name](Services& services) { return run_remove(services, *name); });

  auto channel = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  CLI::App* out = line.add("export", "write a channel's posts as JSON that `import` reads",
                           "telegnosis export @durov posts.json");
  out->add_option("CHANNEL", *channel, "id or @name")->required();
  out->add_option("FILE", *file, "output file; standard output if omitted");
  line.over_services(
      out, [channel, file](Services& services) { return run_export(services, *channel, *file); });
}

}  // namespace tg::app
