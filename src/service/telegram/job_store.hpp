// Jobs as rows: request, progress, result. Functions over a connection; changes belong to the
// caller's transaction.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/jobs_types.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

struct JobRow {
  api::Job job;
  std::string owner;  // the principal as JSON
  json::Object request;
  json::Object checkpoint;         // where to resume, in the form of the job's kind
  std::int64_t records = 0;        // how many records of the source are stored
  std::int64_t last_sequence = 0;  // all is searchable when events up to here are acknowledged
};

Result<void> insert_job(sql::Connection& connection, const JobRow& row);
// Stores state, progress, error and result.
Result<void> update_job(sql::Connection& connection, const JobRow& row);
Result<JobRow> load_job(sql::Connection& connection, const std::string& id);
// As the principal sees it: not_found for jobs of others. Admins see all jobs, but in those of
// others no titles of channels that they do not see.
Result<JobRow> load_visible_job(sql::Connection& connection, const api::Principal& principal,
                                const std::string& id);
// Likewise: the principal's own jobs, all for an admin; newest first.
Result<std::vector<JobRow>> list_jobs(sql::Connection& connection, const api::Principal& principal,
                                      std::optional<api::JobState> state, std::int64_t limit);
Result<std::vector<JobRow>> unfinished_jobs(sql::Connection& connection);
// Removes a channel from the results of jobs, and finished jobs about this channel alone.
Result<void> forget_in_jobs(sql::Connection& connection, std::int64_t channel_id);
bool is_finished(api::JobState state);

}  // namespace tg::telegram
