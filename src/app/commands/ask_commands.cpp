// ask, search.
#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/terminal.hpp"
#include "base/json_fields.hpp"
#include "base/text.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

struct AskOptions {
  std::string question;
  std::int64_t top_k = 5;
  std::string channel;
  std::string since;
  std::string until;
};

Result<std::optional<api::Filters>> filters_of(const AskOptions& options) {
  api::Filters filters;
  if (!options.channel.empty()) filters.channel = options.channel;
  if (!options.since.empty() || !options.until.empty()) {
    api::DateRange range;
    if (!options.since.empty()) {
      auto time = parse_iso8601(options.since);
      if (!time) return invalid("--since", time.error().message);
      range.start = *time;
    }
    if (!options.until.empty()) {
      auto time = parse_iso8601(options.until);
      if (!time) return invalid("--until", time.error().message);
      range.end = *time;
    }
    filters.date_range = range;
  }
  return std::optional(filters);
}

std::string field(const json::Object& metadata, std::string_view name) {
  return json::text_in(metadata, name).value_or("");
}

std::string place_of(const json::Object& metadata) {
  const std::string title = field(metadata, "channel_title");
  const std::string date = field(metadata, "date");
  if (title.empty()) return field(metadata, "filename");
  return fmt::format("{}, {}", title, date.substr(0, 10));
}

void print_results(const std::vector<api::SearchResult>& results) {
  for (std::size_t i = 0; i < results.size(); ++i) {
    const api::SearchResult& result = results[i];
    print(fmt::format("{}. {} {}", i + 1,
                      link(place_of(result.metadata), field(result.metadata, "url")),
                      faint(fmt::format("({:.2f})", result.score))));
    const std::string url = field(result.metadata, "url");
    if (!url.empty()) print("   " + faint(printable(url)));
    std::string line = text::shorten(result.text, 200);
    for (char& c : line) c = c == '\n' ? ' ' : c;
    print("   " + printable(line));
  }
}

// The name of a document is in its search results.
std::string place_of(const api::Citation& citation, const std::vector<api::SearchResult>& results) {
  if (citation.channel_title)
    return fmt::format("{}, {}", *citation.channel_title, citation.date.value_or("").substr(0, 10));
  const auto result =
      std::ranges::find(results, citation.document_id, &api::SearchResult::document_id);
  const std::string name = result == results.end() ? "" : field(result->metadata, "filename");
  return name.empty() ? "document" : name;
}

void print_stages(const std::vector<api::StageReport>& stages, double total) {
  std::string line;
  for (const api::StageReport& stage : stages)
    line += fmt::format("{} {:.1f} ms, ", stage.name, stage.ms);
  print_note(faint(fmt::format("{}total {:.1f} ms", line, total)));
}

int run_ask(Services& services, const AskOptions& options, bool as_json) {
  auto filters = filters_of(options);
  if (!filters) return report(filters.error());
  const auto reply = run_blocking(services.gateway->query(
      local_call(),
      {.query = options.question, .top_k = options.top_k, .filters = *std::move(filters)}));
  if (!reply) return report(reply.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(*reply)));
    return 0;
  }
  print(printable(reply->response.value_or("")));
  print("");
  for (const api::Citation& citation : reply->citations) {
    const std::string url = citation.url.value_or("");
    print(fmt::format("[{}] {}{}", citation.number, link(place_of(citation, reply->results), url),
                      url.empty() ? "" : "  " + faint(printable(url))));
  }
  if (!reply->answered) print_results(reply->results);
  for (const std::string& warning : reply->warnings) print_note(warning);
  for (const api::Degraded& part : reply->degraded)
    print_note(fmt::format("degraded: {}: {}", part.part, part.reason));
  print_stages(reply->stages, reply->processing_time_ms);
  return 0;
}

int run_search(Services& services, const AskOptions& options, bool as_json) {
  auto filters = filters_of(options);
  if (!filters) return report(filters.error());
  const auto reply = run_blocking(services.retrieval->search(
      local_call(),
      {.query = options.question, .top_k = options.top_k, .filters = *std::move(filters)}));
  if (!reply) return report(reply.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(*reply)));
    return 0;
  }
  print_results(reply->results);
  for (const std::string& warning : reply->warnings) print_note(warning);
  print_note(counted(reply->total_estimate, "chunk") + " found");
  return 0;
}

void add_question(CLI::App* command, AskOptions& options, const char* what) {
  command->add_option("QUESTION", options.question, what)->required();
  command->add_option("-k,--top-k", options.top_k, "number of results")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("-c,--channel", options.channel, "search only this channel (id or @name)");
  command->add_option("--since", options.since, "only posts from this date on (2025-01-31)");
  command->add_option("--until", options.until, "only posts before this date");
}

}  // namespace

void add_ask_commands(CommandLine& line) {
  auto ask = std::make_shared<AskOptions>();
  CLI::App* command = line.add("ask", "answer a question and cite the posts",
                               "telegnosis ask \"When did the museum open?\"");
  add_question(command, *ask, "the question");
  const auto ask_json = line.json_flag(command);
  line.over_services(
      command, [ask, ask_json](Services& services) { return run_ask(services, *ask, *ask_json); });

  auto search = std::make_shared<AskOptions>();
  command = line.add("search", "search posts and documents",
                     "telegnosis search --channel @news --since 2025-06-01 \"tram depot\"");
  add_question(command, *search, "what to look for");
  const auto search_json = line.json_flag(command);
  line.over_services(command, [search, search_json](Services& services) {
    return run_search(services, *search, *search_json);
  });
}

}  // namespace tg::app
