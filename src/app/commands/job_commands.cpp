// jobs, jobs cancel.
#include <CLI/CLI.hpp>
#include <fmt/core.h>

#include "app/commands/command_line.hpp"
#include "app/commands/progress.hpp"
#include "app/terminal.hpp"
#include "base/json.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

bool is_under_way(const api::Job& job) {
  return job.state == api::JobState::queued || job.state == api::JobState::running ||
         job.state == api::JobState::waiting;
}

Result<void> wait_for_all(Services& services) {
  TG_TRY(const auto jobs, run_blocking(services.telegram->jobs(local_call(), {.limit = 1000})));
  for (const api::Job& job : jobs) {
    if (is_under_way(job)) TG_TRY_VOID(follow_job(*services.telegram, job.id, job.kind));
  }
  return {};
}

int run_jobs(Services& services, bool wait, bool as_json) {
  if (wait) {
    if (const auto done = wait_for_all(services); !done) return report(done.error());
  }
  const auto jobs = run_blocking(services.telegram->jobs(local_call(), {}));
  if (!jobs) return report(jobs.error());
  if (as_json) {
    print(json::to_pretty_text(json::write(*jobs)));
    return 0;
  }
  for (const api::Job& job : *jobs) {
    print(fmt::format("{}  {:<7} {:<9} {}{}", job.id, job.kind, json::enum_word(job.state),
                      progress_line("", job, 10),
                      job.error ? "  " + printable(*job.error) : std::string()));
  }
  if (jobs->empty()) print_note("no jobs yet");
  return 0;
}

int run_cancel(Services& services, const std::string& id) {
  const auto job = run_blocking(services.telegram->cancel_job(local_call(), {id}));
  if (!job) return report(job.error());
  print(fmt::format("{}  {}", job->id, json::enum_word(job->state)));
  return 0;
}

}  // namespace

void add_job_commands(CommandLine& line) {
  CLI::App* jobs = line.add("jobs", "list jobs and their progress", "telegnosis jobs --wait")
                       ->require_subcommand(0, 1);
  auto wait = std::make_shared<bool>(false);
  jobs->add_flag("--wait", *wait, "wait until no job is running");
  const auto json = line.json_flag(jobs);
  line.over_services(jobs,
                     [wait, json](Services& services) { return run_jobs(services, *wait, *json); });

  auto id = std::make_shared<std::string>();
  CLI::App* cancel = line.add("cancel", "cancel a job; what it has stored is kept",
                              "telegnosis jobs cancel 0199a2c4-0000-7000-8000-000000000000", jobs);
  cancel->add_option("ID", *id, "the id that `jobs` shows")->required();
  line.over_services(cancel, [id](Services& services) { return run_cancel(services, *id); });
}

}  // namespace tg::app
