#include <filesystem>

#include <fmt/core.h>

#include "app/commands/commands.hpp"
#include "app/terminal.hpp"
#include "base/text.hpp"
#include "runtime/files.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {

int run_channels_list(House& house, bool as_json) {
  const auto reply = run_blocking(house.telegram().channels(local_call(), {}));
  if (!reply) return report(reply.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(reply->data.channels)));
    return 0;
  }
  for (const api::ChannelView& channel : reply->data.channels) {
    print(fmt::format("{:>14}  {:>8} posts  {}{}", channel.id, channel.posts,
                      printable(channel.title), channel.username ? "  @" + *channel.username : ""));
  }
  if (reply->data.channels.empty()) print_note("no channels yet: telegnosis import result.json");
  return 0;
}

int run_channels_remove(House& house, const std::string& name) {
  const auto reply = run_blocking(house.telegram().delete_channel(local_call(), {name}));
  if (!reply) return report(reply.error());
  print(reply->message);
  return 0;
}

int run_documents_add(House& house, const std::vector<std::string>& files) {
  int exit_code = 0;
  for (const std::string& file : files) {
    auto bytes = disk_files().read(file);
    if (!bytes) {
      print_note(fmt::format("telegnosis: {} cannot be read", file));
      exit_code = static_cast<int>(ExitCode::not_found);
      continue;
    }
    api::UploadRequest request;
    request.file = api::Upload{.filename = std::filesystem::path(file).filename().string(),
                               .content_type = {},
                               .bytes = api::bytes_source(*std::move(bytes))};
    const auto reply = run_blocking(house.documents().upload(local_call(), std::move(request)));
    if (!reply) {
      exit_code = report(reply.error());
      continue;
    }
    print(fmt::format("{}  {}  {} chunks", reply->document_id, printable(reply->filename),
                      reply->chunk_count));
  }
  return exit_code;
}

int run_documents_list(House& house, bool as_json) {
  const auto reply = run_blocking(house.documents().list(local_call(), {.skip = 0, .limit = 1000}));
  if (!reply) return report(reply.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(reply->items)));
    return 0;
  }
  for (const api::Document& document : reply->items) {
    print(fmt::format("{}  {:<10} {:>5} chunks  {}", document.document_id,
                      json::enum_word(document.status), document.chunk_count,
                      printable(document.filename)));
  }
  return 0;
}

int run_documents_remove(House& house, const std::string& id) {
  const auto reply = run_blocking(house.documents().remove(local_call(), {id}));
  if (!reply) return report(reply.error());
  print(reply->message);
  return 0;
}

namespace {

Task<Result<void>> wait_for_jobs(api::Telegram& telegram) {
  TG_CO_TRY(const auto jobs, co_await telegram.jobs(local_call(), {.limit = 1000}));
  for (const api::Job& job : jobs) {
    TG_CO_TRY(const auto events, co_await telegram.job_events(local_call(), {job.id}));
    while (true) {
      TG_CO_TRY(const auto event, co_await events->next());
      if (!event) break;
    }
  }
  co_return Result<void>();
}

}  // namespace

int run_jobs(House& house, bool wait, bool as_json) {
  if (wait) {
    if (const auto done = run_blocking(wait_for_jobs(house.telegram())); !done)
      return report(done.error());
  }
  const auto reply = run_blocking(house.telegram().jobs(local_call(), {}));
  if (!reply) return report(reply.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(*reply)));
    return 0;
  }
  for (const api::Job& job : *reply) {
    print(fmt::format("{}  {:<8} {:<9} {:>8} done  {}", job.id, job.kind,
                      json::enum_word(job.state), job.done, job.error.value_or("")));
  }
  return 0;
}

int run_backup(House& house, const std::string& folder) {
  const api::BackupRequest request{std::filesystem::absolute(folder).string()};
  for (const auto& done : {run_blocking(house.telegram().backup(local_call(), request)),
                           run_blocking(house.documents().backup(local_call(), request)),
                           run_blocking(house.vectors().backup(local_call(), request))}) {
    if (!done) return report(done.error());
    print(done->message);
  }
  return 0;
}

// In the form of our own posts files, which `import` reads.
int run_export(House& house, const std::string& name, const std::string& file) {
  json::Array posts;
  std::optional<std::int64_t> before;
  while (true) {
    const auto page = run_blocking(
        house.telegram().messages(local_call(), {.id = name, .limit = 1000, .offset_id = before}));
    if (!page) return report(page.error());
    if (page->data.messages.empty()) break;
    for (const api::PostView& post : page->data.messages) posts.push_back(json::write(post));
    before = page->data.messages.back().message_id;
  }
  const json::Object out{{"parsed_at", format_iso8601(SystemClock().wall())},
                         {"channel", name},
                         {"total_posts", posts.size()},
                         {"posts", posts}};
  const std::string text = json::to_pretty_text(json::Value(out));
  if (file.empty() || file == "-") {
    print(text);
  } else if (const auto written = write_atomically(disk_files(), file, text); !written) {
    return report(written.error());
  }
  print_note(fmt::format("{} posts", out.at("total_posts").to_number<std::int64_t>()));
  return 0;
}

}  // namespace tg::app
