// Jobs as rows: what was asked, how far it is, how it ended.
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
  json::Object checkpoint;         // where to go on, as the job's kind has it
  std::int64_t records = 0;        // records of the source that are stored: where to go on
  std::int64_t last_sequence = 0;  // searchable when the outbox is empty up to here
};

Result<void> insert_job(sql::Connection& connection, const JobRow& row);
// State, progress, error, result.
Result<void> update_job(sql::Connection& connection, const JobRow& row);
Result<JobRow> load_job(sql::Connection& connection, const std::string& id);
// The principal's own jobs; all of them for admins.
Result<std::vector<JobRow>> list_jobs(sql::Connection& connection, const api::Principal& principal,
                                      std::optional<api::JobState> state, std::int64_t limit);
Result<std::vector<JobRow>> unfinished_jobs(sql::Connection& connection);
// Takes what jobs tell of a channel out of them; finished jobs about it alone go.
Result<void> forget_in_jobs(sql::Connection& connection, std::int64_t channel_id);
bool is_finished(api::JobState state);
bool may_see(const JobRow& row, const api::Principal& principal);

}  // namespace tg::telegram
