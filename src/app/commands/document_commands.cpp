// documents add|list|remove.
#include <filesystem>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "api/file_source.hpp"
#include "app/commands/command_line.hpp"
#include "app/commands/progress.hpp"
#include "app/terminal.hpp"
#include "base/json.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

constexpr std::int64_t kPage = 1000;

Result<api::UploadReply> upload(Services& services, const std::string& file) {
  const std::string name = std::filesystem::path(file).filename().string();
  api::UploadRequest request;
  TG_TRY(auto bytes, api::file_source(file, nullptr));
  request.file = api::Upload{.filename = name, .content_type = {}, .bytes = std::move(bytes)};
  return run_blocking(services.documents->upload(local_call(), std::move(request)));
}

int run_add(Services& services, const std::vector<std::string>& files) {
  int exit_code = 0;
  for (const std::string& file : files) {
    auto reply = upload(services, file);
    if (!reply) {
      reply.error().message = file + ": " + reply.error().message;
      exit_code = report(reply.error());
      continue;
    }
    print(fmt::format("{}  {}  {}", reply->document_id, printable(reply->filename),
                      counted(reply->chunk_count, "chunk")));
  }
  return exit_code;
}

Result<std::vector<api::Document>> all_documents(Services& services) {
  std::vector<api::Document> documents;
  while (true) {
    const auto skip = static_cast<std::int64_t>(documents.size());
    TG_TRY(auto page,
           run_blocking(services.documents->list(local_call(), {.skip = skip, .limit = kPage})));
    documents.insert(documents.end(), page.items.begin(), page.items.end());
    if (page.items.empty() || static_cast<std::int64_t>(documents.size()) >= page.total)
      return documents;
  }
}

int run_list(Services& services, bool as_json) {
  const auto documents = all_documents(services);
  if (!documents) return report(documents.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(*documents)));
    return 0;
  }
  for (const api::Document& document : *documents) {
    print(fmt::format("{}  {:<10} {:>12}  {}", document.document_id,
                      json::enum_word(document.status), counted(document.chunk_count, "chunk"),
                      printable(document.filename)));
  }
  if (documents->empty()) print_note("no documents yet: telegnosis documents add notes.md");
  return 0;
}

int run_remove(Services& services, const std::string& id) {
  const auto reply = run_blocking(services.documents->remove(local_call(), {id}));
  if (!reply) return report(reply.error());
  print(printable(reply->message));
  return 0;
}

}  // namespace

void add_document_commands(CommandLine& line) {
  CLI::App* documents =
      line.add("documents", "add, list and remove documents", "telegnosis documents add notes.md")
          ->require_subcommand(0, 1);
  const auto bare_json = line.json_flag(documents);
  line.over_services(documents,
                     [bare_json](Services& services) { return run_list(services, *bare_json); });
  auto files = std::make_shared<std::vector<std::string>>();
  CLI::App* add = line.add("add", "add TXT, Markdown and HTML files",
                           "telegnosis documents add notes.md page.html", documents);
  add->add_option("FILE", *files, "one or more files")->required();
  line.over_services(add, [files](Services& services) { return run_add(services, *files); });

  CLI::App* list =
      line.add("list", "list documents", "telegnosis documents list --json", documents);
  const auto json = line.json_flag(list);
  line.over_services(list, [json](Services& services) { return run_list(services, *json); });

  auto id = std::make_shared<std::string>();
  CLI::App* remove =
      line.add("remove", "delete a document",
               "telegnosis documents remove 6f1d0c52-9a4e-5b7c-8d21-5e903a77c401", documents);
  remove->add_option("ID", *id, "the id that `documents list` shows")->required();
  line.over_services(remove, [id](Services& services) { return run_remove(services, *id); });
}

}  // namespace tg::app
