// Runs the jobs of the telegram service: queues, resumes and cancels them, and finishes them when
// what they stored is searchable. A job whose process ends before it is resumed by the next one.
//
//   TG_CO_TRY_VOID(co_await runner.resume());                            // at start
//   TG_CO_TRY(const auto accepted, co_await runner.start(std::move(row)));
//   ...
//   runner.stop();                                                       // then stop the gate
//
// Thread-safe.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/gate.hpp"
#include "runtime/notifier.hpp"
#include "service/telegram/feed.hpp"
#include "service/telegram/job_queue.hpp"
#include "service/telegram/job_store.hpp"
#include "service/telegram/pending_files.hpp"

namespace tg::telegram {

class JobRunner {
 public:
  struct Work {
    // Does the work of a job; `row` is kept equal to what is stored.
    std::function<Task<Result<void>>(JobRow* row)> run;
    // Removes what an ended job no longer needs.
    std::function<Result<void>(const JobRow& row)> clean_up;
    // Instead of waiting; for tests.
    std::function<Task<void>(std::chrono::milliseconds)> pause = {};
  };

  // Jobs run in `gate` on `executor`.
  JobRunner(sql::Database& database, Feed& feed, const Clock& clock, Gate& gate, Executor executor,
            Work work);

  // Queues the unfinished jobs of a former process.
  Task<Result<void>> resume();
  // Stores and queues a job. The file that it reads, if any, is kept from then on.
  Task<Result<api::JobAccepted>> start(JobRow row, std::optional<PendingFiles::Draft> upload = {});
  // The job ends soon, as cancelled unless it was done already.
  void cancel(const std::string& job_id);
  Task<Result<std::vector<JobRow>>> unfinished();
  // Wakes everything that waits here. Jobs that run stay unfinished.
  void stop();
  bool is_stopping() const { return stopping_; }

  // For work in progress.
  // To be called after each stored step; false: the job should stop.
  std::function<bool(const JobRow&)> progress_of(std::string job_id);
  // False when the service stops or the job was cancelled meanwhile.
  Task<bool> pause(std::chrono::milliseconds time, std::string job_id);
  // Until all events up to `sequence` are acknowledged, or the job is cancelled.
  Task<Result<void>> wait_until_searchable(std::int64_t sequence, std::string job_id);
  void note_acknowledged() { acknowledged_.notify(); }

  Notifier& changed() { return changed_; }  // a job's row has changed
  Notifier& woken() { return woken_; }      // whatever pauses should look again

 private:
  Task<Result<api::JobAccepted>> accept(JobRow row, std::optional<PendingFiles::Draft> upload);
  void queue(JobRow row);
  Task<Result<void>> wait_in_queue(JobRow* row, const JobQueue::Entry* entry);
  Task<void> run(JobRow row, JobQueue::Entry entry);
  Task<Result<void>> finish(JobRow* row, Result<void> stored);
  bool is_cancelled(const std::string& job_id);

  sql::Database& database_;
  Feed& feed_;
  const Clock& clock_;
  Gate& gate_;
  const Executor executor_;
  const Work work_;
  std::atomic<bool> stopping_ = false;
  Notifier acknowledged_;
  Notifier changed_;
  Notifier woken_;
  // An import works the disk and the database; a reading mostly waits for its next page.
  JobQueue imports_{2, woken_};
  JobQueue readings_{4, woken_};
  std::mutex mutex_;
  std::set<std::string> cancelled_;  // guarded by mutex_
};

}  // namespace tg::telegram
