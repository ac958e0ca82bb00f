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
  std::string owner;  // principal as JSON
  json::Object request;
  json::Object checkpoint;         // where to resume, in the form of the job's kind
  std::int64_t records = 0;        // how many records of the source are stored
  std::int64_t last_sequence = 0;  // all is searchable when events up to here are acknowledged
};

Result<void> insert_job(sql::Connection& connection, const JobRow& row);
// Stores state, progress, error and result.
Result<void> update_job(sql::Connection& connection, const JobRow& row);
Result<JobRow> load_job(sql::Connection& connection, const std::string& id);
// The principal's own jobs; all of them for admins.
Result<std::vector<JobRow>> list_jobs(sql::Connection& connection, const api::Principal& principal,
                                      std::optional<api::JobState> state, std::int64_t limit);
Result<std::vector<JobRow>> unfinished_jobs(sql::Connection& connection);
// Removes a channel from the results of jobs, and finished jobs about this channel alone.
Result<void> forget_in_jobs(sql::Connection& connection, std::int64_t channel_id);
bool is_finished(api::JobState state);
bool may_see(const JobRow& row, const api::Principal& principal);

}  // namespace tg::telegram
