// Jobs (imports, reading of channels, syncs) as clients see them. Plain values.
#pragma once

#include <optional>
#include <string>

#include <boost/describe.hpp>

#include "base/json.hpp"

namespace tg::api {

enum class JobState { queued, running, waiting, done, failed, cancelled };
BOOST_DESCRIBE_ENUM(JobState, queued, running, waiting, done, failed, cancelled)

struct Job {
  std::string id;
  std::string kind;  // import, add, sync, watch
  JobState state = JobState::queued;
  std::int64_t done = 0;
  std::optional<std::int64_t> total;
  std::optional<double> rate;       // posts per second
  std::optional<std::int64_t> eta;  // seconds
  std::optional<UnixMillis> waiting_until;
  std::optional<std::string> error;
  UnixMillis created_at;
  UnixMillis updated_at;
  json::Object result;
};
BOOST_DESCRIBE_STRUCT(Job, (),
                      (id, kind, state, done, total, rate, eta, waiting_until, error, created_at,
                       updated_at, result))

struct JobsQuery {
  std::optional<JobState> state;
  std::int64_t limit = 100;
};
BOOST_DESCRIBE_STRUCT(JobsQuery, (), (state, limit))
constexpr auto rules_of(const JobsQuery*) {
  return std::array{Rule("limit").range(1, 1000)};
}

struct JobId {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(JobId, (), (id))

struct JobAccepted {
  std::string job_id;
};
BOOST_DESCRIBE_STRUCT(JobAccepted, (), (job_id))

}  // namespace tg::api
