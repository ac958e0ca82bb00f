// How the telegram service runs jobs: started, resumed, cancelled, ended when what they brought is
// searchable.
#include <fmt/core.h>

#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

using sql::Connection;

Task<Result<std::vector<JobRow>>> TelegramService::unfinished() {
  co_return co_await sql::read<std::vector<JobRow>>(database_, unfinished_jobs);
}

Task<Result<api::JobAccepted>> TelegramService::start_job(JobRow row) {
  if (row.job.id.empty()) row.job.id = Uuid::ordered(clock_.wall()).text();
  row.job.created_at = row.job.updated_at = clock_.wall();
  TG_CO_TRY_VOID(
      co_await sql::write<void>(database_, [row](Connection& c) { return insert_job(c, row); }));
  TG_FAULT("job.after_commit");
  gate_.spawn(executor_, run_job(row.job.id));
  co_return api::JobAccepted{row.job.id};
}

void TelegramService::cancel(const std::string& job_id) {
  {
    const std::scoped_lock lock(mutex_);
    cancelled_.insert(job_id);
  }
  acknowledged_.notify();
  woken_.notify();
}

bool TelegramService::is_cancelled(const std::string& job_id) {
  const std::scoped_lock lock(mutex_);
  return cancelled_.contains(job_id);
}

Task<bool> TelegramService::pause(std::chrono::milliseconds time, std::string job_id) {
  if (parts_.pause) {
    co_await parts_.pause(time);
    co_return !stopping_ && !is_cancelled(job_id);
  }
  const SteadyTime until = clock_.steady() + time;
  while (!stopping_ && !is_cancelled(job_id)) {
    const std::uint64_t seen = woken_.version();
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - clock_.steady());
    if (left.count() <= 0) co_return true;
    co_await woken_.wait_after(seen, left);
  }
  co_return false;
}

std::function<bool(const JobRow&)> TelegramService::progress_of(std::string job_id) {
  return [this, id = std::move(job_id)](const JobRow&) {
    feed_.wake();
    jobs_changed_.notify();
    return !stopping_ && !is_cancelled(id);
  };
}

Task<void> TelegramService::run_job(std::string job_id) {
  auto loaded = co_await sql::read<JobRow>(database_,
                                           [job_id](Connection& c) { return load_job(c, job_id); });
  if (!loaded) {
    log::error("a job cannot be loaded", {{"job", job_id}, {"detail", loaded.error().detail}});
    co_return;
  }
  JobRow row = *std::move(loaded);
  row.job.state = api::JobState::running;
  row.job.waiting_until.reset();
  auto stored = row.job.kind == "import" ? co_await run_import(&row) : co_await run_reading(&row);
  if (stopping_) co_return;  // goes on at the next start
  const auto finished = co_await finish_job(&row, std::move(stored));
  if (!finished && !stopping_) {
    log::error("a job could not be finished",
               {{"job", job_id}, {"detail", finished.error().detail}});
  }
}

Task<Result<void>> TelegramService::finish_job(JobRow* row, Result<void> stored) {
  TG_CO_TRY_VOID(co_await wait_until_searchable(row->last_sequence, row->job.id));
  TG_FAULT("job.before_done");
  row->job.state = api::JobState::done;
  row->job.waiting_until.reset();
  if (!stored) {
    row->job.state =
        stored.error().reason == "cancelled" ? api::JobState::cancelled : api::JobState::failed;
    row->job.error = stored.error().message;
    row->job.result["reason"] = stored.error().reason;
    if (stored.error().code == Code::internal)
      log::error("a job failed", {{"job", row->job.id}, {"detail", stored.error().detail}});
  }
  row->job.updated_at = clock_.wall();
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [copy = *row](Connection& c) { return update_job(c, copy); }));
  // Not before: until the job has ended, a start after a crash reads the file again.
  TG_FAULT("job.after_done_before_upload_removed");
  TG_CO_TRY_VOID(drop_upload(*row));
  {
    const std::scoped_lock lock(mutex_);
    cancelled_.erase(row->job.id);
  }
  jobs_changed_.notify();
  co_return Result<void>();
}

Task<Result<void>> TelegramService::wait_until_searchable(std::int64_t sequence,
                                                          std::string job_id) {
  while (true) {
    const std::uint64_t seen = acknowledged_.version();
    TG_CO_TRY(const std::int64_t pending, co_await feed_.pending(sequence));
    if (pending == 0 || is_cancelled(job_id)) co_return Result<void>();
    if (stopping_) co_return unavailable("telegram", "stopping");
    co_await acknowledged_.wait_after(seen, std::chrono::seconds(5));
  }
}

}  // namespace tg::telegram
