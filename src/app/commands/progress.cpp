#include "app/commands/progress.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/terminal.hpp"
#include "base/json_fields.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

std::string bar(std::int64_t done, std::int64_t total, std::size_t width) {
  const auto part = static_cast<double>(done) / static_cast<double>(total);
  const auto filled = std::min(width, static_cast<std::size_t>(part * static_cast<double>(width)));
  return fmt::format("[{}{}] {:.0f}%", std::string(filled, '#'), std::string(width - filled, ' '),
                     100 * std::min(part, 1.0));
}

Task<Result<api::Job>> follow(api::Telegram* telegram, std::string job_id, std::string name) {
  TG_CO_TRY(const auto events, co_await telegram->job_events(local_call(), {job_id}));
  ProgressLine line;
  api::Job last;
  while (true) {
    TG_CO_TRY(const auto job, co_await events->next());
    if (!job) break;
    last = *job;
    line.show(progress_line(name, last));
  }
  line.finish(progress_line(name, last));
  co_return last;
}

}  // namespace

std::string duration_words(std::chrono::seconds duration) {
  const auto seconds = duration.count();
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
  return fmt::format("{} h {} min", seconds / 3600, seconds % 3600 / 60);
}

std::string progress_line(const std::string& name, const api::Job& job, std::size_t width) {
  const bool is_known = job.total && *job.total > 0;
  std::string line = name;
  if (is_known) line += ' ' + bar(job.done, *job.total, width);
  line += "  ";
  if (is_known && *job.total != job.done) {
    line += fmt::format("{} of {}", grouped(job.done), counted(*job.total, "post"));
  } else {
    line += counted(job.done, "post");
  }
  if (job.state == api::JobState::waiting) {
    return line + (job.waiting_until ? ", waiting until " + format_iso8601(*job.waiting_until)
                                     : std::string(", waiting"));
  }
  if (job.state != api::JobState::running) return line;
  if (job.rate && *job.rate > 0)
    line += fmt::format("  {}/s", grouped(static_cast<std::int64_t>(*job.rate)));
  if (job.eta && *job.eta > 0)
    line += fmt::format("  {} left", duration_words(std::chrono::seconds(*job.eta)));
  if (is_known && *job.total == job.done) line += ", making them searchable";
  return line;
}

void ProgressLine::show(const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  const auto pause =
      is_terminal_error() ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000);
  if (now - shown_ < pause) return;
  print_progress(text, false);
  shown_ = now;
}

void ProgressLine::finish(const std::string& text) {
  print_progress(text, true);
}

Result<api::Job> follow_job(api::Telegram& telegram, const std::string& job_id,
                            const std::string& name) {
  return run_blocking(follow(&telegram, job_id, name));
}

void print_job_report(const api::Job& job) {
  for (const json::Value& value : json::array_in(job.result, "channels")) {
    if (!value.is_object()) continue;
    const json::Object& channel = value.get_object();
    const auto count = [&channel](const char* name) {
      return grouped(json::integer_in(channel, name).value_or(0));
    };
    print(
        fmt::format("{}: {} new, {} changed, {} unchanged, {} service, {} without text, {} refused",
                    bold(printable(json::text_in(channel, "title").value_or("channel"))),
                    count("new"), count("changed"), count("unchanged"), count("service"),
                    count("without_text"), count("refused")));
  }
  for (const json::Value& reason : json::array_in(job.result, "refused")) {
    if (reason.is_string()) print_note("  refused: " + printable(std::string(reason.get_string())));
  }
}

}  // namespace tg::app
