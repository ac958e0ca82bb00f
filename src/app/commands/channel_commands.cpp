// channels list|remove, export.
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

// In the form of our own posts files, which `import` reads.
int run_export(Services& services, const std::string& name, const std::string& file) {
  json::Array posts;
  std::string shown = name;  // the channel's own name, whatever it was asked for by
  std::optional<std::int64_t> before;
  while (true) {
    const auto page = run_blocking(services.telegram->messages(
        local_call(), {.id = name, .limit = 1000, .offset_id = before}));
    if (!page) return report(page.error());
    if (page->data.messages.empty()) break;
    for (const api::PostView& post : page->data.messages) posts.push_back(json::write(post));
    const api::PostView& last = page->data.messages.back();
    shown = last.channel_username.value_or(last.channel_title);
    before = page->data.messages.back().message_id;
  }
  const json::Object out{{"parsed_at", format_iso8601(SystemClock().wall())},
                         {"channel", shown},
                         {"total_posts", posts.size()},
                         {"posts", posts}};
  const std::string text = json::to_pretty_text(json::Value(out));
  if (file.empty() || file == "-") {
    print(text);
  } else if (const auto written = write_atomically(disk_files(), file, text); !written) {
    return report(written.error());
  }
  print_note(counted(out.at("total_posts").to_number<std::int64_t>(), "post"));
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
      line.add("list", "the channels, with counts", "telegnosis channels list", channels);
  const auto list_json = line.json_flag(list);
  line.over_services(list,
                     [list_json](Services& services) { return run_list(services, *list_json); });

  auto name = std::make_shared<std::string>();
  CLI::App* remove = line.add("remove", "delete a channel with everything that came from it",
                              "telegnosis channels remove @durov", channels);
  remove->add_option("CHANNEL", *name, "id or @name")->required();
  line.over_services(remove, [name](Services& services) { return run_remove(services, *name); });

  auto channel = std::make_shared<std::string>();
  auto file = std::make_shared<std::string>();
  CLI::App* out = line.add("export", "a channel's posts as JSON that `import` reads",
                           "telegnosis export @durov posts.json");
  out->add_option("CHANNEL", *channel, "id or @name")->required();
  out->add_option("FILE", *file, "standard output when left out");
  line.over_services(
      out, [channel, file](Services& services) { return run_export(services, *channel, *file); });
}

}  // namespace tg::app
