// Reads a channel through the web preview, page by page back in time: paced, retried after
// refusals, resumable. Each page is stored with the job's checkpoint in one transaction.
#pragma once

#include <functional>
#include <limits>

#include "runtime/disk_guard.hpp"
#include "service/telegram/feed.hpp"
#include "service/telegram/import_report.hpp"
#include "service/telegram/job_store.hpp"
#include "service/telegram/pacing.hpp"
#include "service/telegram/preview_source.hpp"

namespace tg::telegram {

// The request of a reading job, stored in its row as JSON.
struct ReadRequest {
  std::string name;
  std::int64_t limit = 1000;
  std::optional<UnixMillis> min_date;
  bool watch = false;
};
BOOST_DESCRIBE_STRUCT(ReadRequest, (), (name, limit, min_date, watch))

Result<ReadRequest> request_of(const JobRow& row);

struct PreviewTools {
  sql::Database& database;
  Feed& feed;
  PreviewSource& source;
  Pacer& pacer;
  const Clock& clock;
  Backoff backoff;
  const DiskGuard& disk;
  // Waits; false if the work should end (service stopping, job cancelled).
  std::function<Task<bool>(std::chrono::milliseconds)> pause;
  std::chrono::milliseconds request_time = std::chrono::seconds(20);
  SteadyTime deadline = SteadyTime::max();  // of the whole call, by `clock`
};

// Reads one page when its turn has come; "preview.busy" with Retry-After if that is after the
// deadline. `on_wait` is called before each wait that follows a refusal.
Task<Result<PreviewPage>> read_page(PreviewTools tools, std::string name,
                                    std::optional<std::int64_t> before,
                                    std::function<Task<Result<void>>(UnixMillis until)> on_wait);

// Stores the posts of a page, newest first, within limits. An album counts as one post.
struct PageLimits {
  std::int64_t posts = std::numeric_limits<std::int64_t>::max();
  std::optional<UnixMillis> min_date;
  bool is_live = false;  // new posts are marked as seen while watching
};
struct StoredPage {
  std::int64_t posts = 0;
  std::int64_t oldest = 0;  // the id down to which the page was read
  bool is_complete = true;  // no limit was reached: older pages may follow
};
Result<StoredPage> store_page(sql::Connection& connection, Feed& feed, const PreviewPage& page,
                              const PageLimits& limits, UnixMillis now, ImportReport& report);

// Not thread-safe: runs one job at a time.
class PreviewJob {
 public:
  explicit PreviewJob(PreviewTools tools) : tools_(std::move(tools)) {}

  // Reads until the limits are reached. `on_progress` is called after each stored page and before
  // each wait; false cancels. `row` is kept equal to what is stored. Errors: "cancelled", and those
  // of read_page().
  Task<Result<void>> run(JobRow* row, std::function<bool(const JobRow&)> on_progress);

 private:
  Task<Result<void>> note_wait(JobRow* row, UnixMillis until);
  Task<Result<void>> wait_for_room(JobRow* row);
  Task<Result<bool>> keep(JobRow* row, PreviewPage page);
  Result<bool> keep_in(sql::Connection& connection, const PreviewPage& page, JobRow& row);

  PreviewTools tools_;
  std::function<bool(const JobRow&)> on_progress_;
  ReadRequest request_;
  api::Principal owner_;
};

}  // namespace tg::telegram
