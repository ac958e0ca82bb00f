// Reads a channel through the web preview, page by page back in time: paced, repeated after
// refusals, each page stored with the job's checkpoint in one transaction, resumed after a restart.
#pragma once

#include <functional>
#include <limits>

#include "service/telegram/feed.hpp"
#include "service/telegram/import_report.hpp"
#include "service/telegram/job_store.hpp"
#include "service/telegram/pacing.hpp"
#include "service/telegram/preview_source.hpp"

namespace tg::telegram {

// What a job that reads a channel was asked for; kept in its row as JSON.
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
  std::chrono::milliseconds request_time = std::chrono::seconds(20);
  // Waits so long; false when there is no use in going on (stopped, cancelled).
  std::function<Task<bool>(std::chrono::milliseconds)> pause;
};

// One page, after its turn has come. `on_wait` is told of waits after refusals.
Task<Result<PreviewPage>> read_page(PreviewTools tools, std::string name,
                                    std::optional<std::int64_t> before,
                                    std::function<Task<Result<void>>(UnixMillis until)> on_wait);

// Stores what a page brings, newest first. A post is what the page shows as one: an album too.
struct PageLimits {
  std::int64_t posts = std::numeric_limits<std::int64_t>::max();
  std::optional<UnixMillis> min_date;
  bool is_live = false;  // posts that are new came while the channel was watched
};
struct StoredPage {
  std::int64_t posts = 0;
  bool is_complete = true;  // no limit was met: older pages may be wanted
};
Result<StoredPage> store_page(sql::Connection& connection, Feed& feed, const PreviewPage& page,
                              const PageLimits& limits, UnixMillis now, ImportReport& report);

class PreviewJob {
 public:
  explicit PreviewJob(PreviewTools tools) : tools_(std::move(tools)) {}

  // `on_progress` is told of each stored page and of each wait; false stops. The row carries state
  // over.
  Task<Result<void>> run(JobRow* row, std::function<bool(const JobRow&)> on_progress);

 private:
  Task<Result<void>> note_wait(JobRow* row, UnixMillis until);
  Task<Result<bool>> keep(JobRow* row, PreviewPage page);
  Result<bool> keep_in(sql::Connection& connection, const PreviewPage& page, JobRow& row);

  PreviewTools tools_;
  std::function<bool(const JobRow&)> on_progress_;
  ReadRequest request_;
  api::Principal owner_;
};

}  // namespace tg::telegram
