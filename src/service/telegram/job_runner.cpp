#include "service/telegram/job_runner.hpp"

#include <fmt/core.h>

#include "runtime/fault.hpp"
#include "runtime/log.hpp"
#include "runtime/run_in_gate.hpp"

namespace tg::telegram {

using sql::Connection;

namespace {

std::unexpected<Error> cancelled_job() {
  return fail(Code::conflict, "cancelled", "the job was cancelled");
}

}  // namespace

JobRunner::JobRunner(sql::Database& database, Feed& feed, const Clock& clock, Gate& gate,
                     Executor executor, Work work)
    : database_(database),
      feed_(feed),
      clock_(clock),
      gate_(gate),
      executor_(executor),
      work_(std::move(work)) {}

Task<Result<void>> JobRunner::resume() {
  TG_CO_TRY(auto left, co_await unfinished());
  for (JobRow& row : left) queue(std::move(row));
  co_return Result<void>();
}

void JobRunner::stop() {
  stopping_ = true;
  acknowledged_.notify();
  changed_.notify();
  woken_.notify();
}

Task<Result<std::vector<JobRow>>> JobRunner::unfinished() {
  co_return co_await sql::read<std::vector<JobRow>>(database_, unfinished_jobs);
}

// Once the row is committed, the job must run, whether or not the client waits for the answer.
Task<Result<api::JobAccepted>> JobRunner::start(JobRow row,
                                                std::optional<PendingFiles::Draft> upload) {
  co_return co_await run_in_gate(&gate_, executor_, accept(std::move(row), std::move(upload)));
}

Task<Result<api::JobAccepted>> JobRunner::accept(JobRow row,
                                                 std::optional<PendingFiles::Draft> upload) {
  if (row.job.id.empty()) row.job.id = Uuid::ordered(clock_.wall()).text();
  row.job.created_at = row.job.updated_at = clock_.wall();
  TG_CO_TRY_VOID(
      co_await sql::write<void>(database_, [row](Connection& c) { return insert_job(c, row); }));
  if (upload) upload->keep();
  TG_FAULT("job.after_commit");
  api::JobAccepted accepted{row.job.id};
  queue(std::move(row));
  co_return accepted;
}

void JobRunner::queue(JobRow row) {
  JobQueue::Entry entry = (row.job.kind == "import" ? imports_ : readings_).add();
  gate_.spawn(executor_, run(std::move(row), std::move(entry)));
}

void JobRunner::cancel(const std::string& job_id) {
  {
    const std::scoped_lock lock(mutex_);
    cancelled_.insert(job_id);
  }
  acknowledged_.notify();
  woken_.notify();
}

bool JobRunner::is_cancelled(const std::string& job_id) {
  const std::scoped_lock lock(mutex_);
  return cancelled_.contains(job_id);
}

Task<bool> JobRunner::pause(std::chrono::milliseconds time, std::string job_id) {
  if (work_.pause) {
    co_await work_.pause(time);
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

std::function<bool(const JobRow&)> JobRunner::progress_of(std::string job_id) {
  return [this, id = std::move(job_id)](const JobRow&) {
    feed_.wake();
    changed_.notify();
    return !stopping_ && !is_cancelled(id);
  };
}

Task<Result<void>> JobRunner::wait_in_queue(JobRow* row, const JobQueue::Entry* entry) {
  while (true) {
    const std::uint64_t seen = woken_.version();
    if (is_cancelled(row->job.id)) co_return cancelled_job();
    if (stopping_) co_return unavailable("telegram", "stopping");
    if (entry->may_run()) co_return Result<void>();
    if (row->job.state != api::JobState::queued) {  // it ran before a restart
      row->job.state = api::JobState::queued;
      row->job.waiting_until.reset();
      TG_CO_TRY_VOID(co_await sql::write<void>(
          database_, [copy = *row](Connection& c) { return update_job(c, copy); }));
      continue;
    }
    co_await woken_.wait_after(seen, std::chrono::minutes(1));
  }
}

Task<void> JobRunner::run(JobRow row, JobQueue::Entry entry) {
  auto stored = co_await wait_in_queue(&row, &entry);
  if (stored) {
    row.job.state = api::JobState::running;
    row.job.waiting_until.reset();
    stored = co_await work_.run(&row);
  }
  if (stopping_) co_return;  // goes on at the next start
  const auto finished = co_await finish(&row, std::move(stored));
  if (!finished && !stopping_) {
    log::error("a job could not be finished",
               {{"job", row.job.id}, {"detail", finished.error().detail}});
  }
}

Task<Result<void>> JobRunner::finish(JobRow* row, Result<void> stored) {
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
  TG_CO_TRY_VOID(work_.clean_up(*row));
  {
    const std::scoped_lock lock(mutex_);
    cancelled_.erase(row->job.id);
  }
  changed_.notify();
  co_return Result<void>();
}

Task<Result<void>> JobRunner::wait_until_searchable(std::int64_t sequence, std::string job_id) {
  while (true) {
    const std::uint64_t seen = acknowledged_.version();
    TG_CO_TRY(const std::int64_t pending, co_await feed_.pending(sequence));
    if (pending == 0 || is_cancelled(job_id)) co_return Result<void>();
    if (stopping_) co_return unavailable("telegram", "stopping");
    co_await acknowledged_.wait_after(seen, std::chrono::seconds(5));
  }
}

}  // namespace tg::telegram
