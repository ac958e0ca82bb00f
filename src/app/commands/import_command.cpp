#include <filesystem>

#include <fmt/core.h>

#include "app/commands/commands.hpp"
#include "app/terminal.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

std::string progress_line(const std::string& name, const api::Job& job) {
  std::string line = fmt::format("{}: {} posts", name, job.done);
  if (job.total && *job.total > 0 && job.state == api::JobState::running) {
    const auto filled =
        static_cast<std::size_t>(20 * job.done / std::max<std::int64_t>(*job.total, 1));
    line += fmt::format(" [{}{}] {}%", std::string(filled, '#'),
                        std::string(20 - std::min<std::size_t>(filled, 20), ' '),
                        100 * job.done / std::max<std::int64_t>(*job.total, 1));
  }
  if (job.rate) line += fmt::format(", {:.0f}/s", *job.rate);
  if (job.eta && *job.eta > 0) line += fmt::format(", {} s left", *job.eta);
  if (job.total && job.done == *job.total && job.state == api::JobState::running)
    line += ", making them searchable";
  return line;
}

Task<Result<api::Job>> follow(api::Telegram& telegram, std::string job_id, std::string name) {
  TG_CO_TRY(const auto events, co_await telegram.job_events(local_call(), {job_id}));
  api::Job last;
  auto shown = std::chrono::steady_clock::time_point{};
  while (true) {
    TG_CO_TRY(const auto job, co_await events->next());
    if (!job) break;
    last = *job;
    const auto now = std::chrono::steady_clock::now();
    // A terminal bears ten lines a second, a log file one in five seconds.
    if (now - shown >
        (is_terminal_error() ? std::chrono::milliseconds(100) : std::chrono::milliseconds(5000))) {
      print_progress(progress_line(name, last), false);
      shown = now;
    }
  }
  print_progress(progress_line(name, last), true);
  co_return last;
}

void print_report(const api::Job& job) {
  const json::Value* channels = job.result.if_contains("channels");
  if (channels == nullptr) return;
  for (const json::Value& value : channels->as_array()) {
    const json::Object& c = value.as_object();
    const auto number = [&c](const char* name) { return c.at(name).to_number<std::int64_t>(); };
    print(fmt::format(
        "{}: {} new, {} changed, {} unchanged, {} service, {} without text, {} refused",
        bold(printable(std::string(c.at("title").as_string()))), number("new"), number("changed"),
        number("unchanged"), number("service"), number("without_text"), number("refused")));
  }
  if (const json::Value* reasons = job.result.if_contains("refused")) {
    for (const json::Value& reason : reasons->as_array())
      print_note("  refused: " + std::string(reason.as_string()));
  }
}

}  // namespace

int run_import(House& house, const ImportOptions& options) {
  int exit_code = 0;
  json::Array reports;
  for (const std::string& file : options.files) {
    const auto path = std::filesystem::absolute(file);
    auto accepted = run_blocking(
        house.telegram().import_posts(local_call(), {.path = path.string(), .file = {}}));
    if (!accepted) {
      accepted.error().message = file + ": " + accepted.error().message;
      exit_code = report(accepted.error());
      continue;
    }
    if (!options.wait) {
      print(accepted->job_id);
      continue;
    }
    const auto job =
        run_blocking(follow(house.telegram(), accepted->job_id, path.filename().string()));
    if (!job) return report(job.error());
    if (options.json) {
      reports.push_back(json::write(*job));
    } else {
      print_report(*job);
    }
    if (job->state != api::JobState::done) {
      print_note(
          fmt::format("telegnosis: {}: {}", file, job->error.value_or("the import was cancelled")));
      exit_code = static_cast<int>(ExitCode::failed);
    }
  }
  if (options.json) print(json::to_text(reports));
  return exit_code;
}

}  // namespace tg::app
