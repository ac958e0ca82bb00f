#include "service/telegram/job_store.hpp"

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "service/telegram/channel_store.hpp"
#include "service/telegram/sql_values.hpp"

namespace tg::telegram {
namespace {

using sql::Connection;
using sql::Row;

constexpr std::string_view kColumns =
    "id, kind, owner, state, request, records, done, total, last_sequence, error, result, "
    "waiting_until_ms, created_ms, updated_ms, checkpoint";

json::Object object_of(const std::string& text) {
  auto value = json::parse(text);
  return value && value->is_object() ? value->get_object() : json::Object();
}

JobRow read_row(const Row& row) {
  JobRow out;
  out.job.id = row.text(0);
  out.job.kind = row.text(1);
  out.owner = row.text(2);
  out.job.state = json::enum_of<api::JobState>(row.text(3)).value_or(api::JobState::failed);
  out.request = object_of(row.text(4));
  out.records = row.integer(5);
  out.job.done = row.integer(6);
  out.job.total = row.optional_integer(7);
  out.last_sequence = row.integer(8);
  out.job.error = row.optional_text(9);
  out.job.result = object_of(row.text(10));
  if (!row.is_null(11)) out.job.waiting_until = from_millis(row.integer(11));
  out.job.created_at = from_millis(row.integer(12));
  out.job.updated_at = from_millis(row.integer(13));
  out.checkpoint = object_of(row.text(14));
  const double seconds =
      std::chrono::duration<double>(out.job.updated_at - out.job.created_at).count();
  if (out.job.done > 0 && seconds > 0) {
    out.job.rate = static_cast<double>(out.job.done) / seconds;
    if (out.job.total && !is_finished(out.job.state)) {
      out.job.eta = static_cast<std::int64_t>(static_cast<double>(*out.job.total - out.job.done) /
                                              *out.job.rate);
    }
  }
  return out;
}

bool is_owner(const JobRow& row, const api::Principal& principal) {
  const auto owner = json::read_text<api::Principal>(row.owner);
  return owner && owner->user_id == principal.user_id;
}

bool may_see(const JobRow& row, const api::Principal& principal) {
  return principal.is_service || principal.role == api::Role::admin || is_owner(row, principal);
}

// An admin sees that a job runs and what it counts, not the names of others' private chats.
Result<void> hide_titles(Connection& connection, const api::Principal& principal, JobRow& row) {
  json::Value* channels = row.job.result.if_contains("channels");
  if (channels == nullptr || !channels->is_array() || is_owner(row, principal)) return {};
  for (json::Value& told : channels->get_array()) {
    if (!told.is_object()) continue;
    const auto id = json::integer_in(told.get_object(), "channel_id");
    TG_TRY(const bool is_visible, sees_channel(connection, principal, id.value_or(0)));
    if (!is_visible) told.get_object().erase("title");
  }
  return {};
}

}  // namespace

bool is_finished(api::JobState state) {
  return state == api::JobState::done || state == api::JobState::failed ||
         state == api::JobState::cancelled;
}

Result<void> insert_job(Connection& connection, const JobRow& row) {
  TG_TRY_VOID(
      connection.run("INSERT INTO jobs (id, kind, owner, state, request, created_ms, updated_ms) "
                     "VALUES ($1, $2, $3, $4, $5, $6, $6)",
                     {row.job.id, row.job.kind, row.owner, json::enum_word(row.job.state),
                      json::to_text(json::Value(row.request)), to_millis(row.job.created_at)}));
  return {};
}

Result<void> update_job(Connection& connection, const JobRow& row) {
  std::optional<std::int64_t> waiting;
  if (row.job.waiting_until) waiting = to_millis(*row.job.waiting_until);
  TG_TRY_VOID(connection.run(
      "UPDATE jobs SET state = $2, records = $3, done = $4, total = $5, last_sequence = $6, error "
      "= $7, result = $8, "
      "waiting_until_ms = $9, updated_ms = $10, checkpoint = $11 WHERE id = $1",
      {row.job.id, json::enum_word(row.job.state), row.records, row.job.done, row.job.total,
       row.last_sequence, row.job.error, json::to_text(json::Value(row.job.result)), waiting,
       to_millis(row.job.updated_at), json::to_text(json::Value(row.checkpoint))}));
  return {};
}

Result<JobRow> load_job(Connection& connection, const std::string& id) {
  TG_TRY(const auto rows,
         connection.run(fmt::format("SELECT {} FROM jobs WHERE id = $1", kColumns), {id}));
  if (rows.empty()) return not_found("job");
  return read_row(rows[0]);
}

Result<JobRow> load_visible_job(Connection& connection, const api::Principal& principal,
                                const std::string& id) {
  TG_TRY(JobRow row, load_job(connection, id));
  if (!may_see(row, principal)) return not_found("job");
  TG_TRY_VOID(hide_titles(connection, principal, row));
  return row;
}

Result<std::vector<JobRow>> list_jobs(Connection& connection, const api::Principal& principal,
                                      std::optional<api::JobState> state, std::int64_t limit) {
  std::vector<JobRow> jobs;
  const std::string statement = fmt::format(
      "SELECT {} FROM jobs WHERE $1 = '' OR state = $1 ORDER BY created_ms DESC, id", kColumns);
  TG_TRY_VOID(connection.each(statement, {state ? json::enum_word(*state) : std::string_view()},
                              [&](const Row& row) {
                                JobRow job = read_row(row);
                                if (may_see(job, principal)) jobs.push_back(std::move(job));
                                return static_cast<std::int64_t>(jobs.size()) < limit;
                              }));
  for (JobRow& job : jobs) TG_TRY_VOID(hide_titles(connection, principal, job));
  return jobs;
}

Result<std::vector<JobRow>> unfinished_jobs(Connection& connection) {
  TG_TRY(
      const auto rows,
      connection.run(fmt::format(
          "SELECT {} FROM jobs WHERE state IN ('queued', 'running', 'waiting') ORDER BY created_ms",
          kColumns)));
  std::vector<JobRow> jobs;
  for (const Row& row : rows) jobs.push_back(read_row(row));
  return jobs;
}

Result<void> forget_in_jobs(Connection& connection, std::int64_t channel_id) {
  TG_TRY(const auto rows, connection.run("SELECT id, state, result FROM jobs"));
  for (const Row& row : rows) {
    json::Object result = object_of(row.text(2));
    json::Value* channels = result.if_contains("channels");
    if (channels == nullptr || !channels->is_array()) continue;
    json::Array& array = channels->get_array();
    const std::size_t before = array.size();
    for (auto it = array.begin(); it != array.end();) {
      const bool is_it = it->is_object() && it->get_object().if_contains("channel_id") != nullptr &&
                         it->get_object().at("channel_id") == channel_id;
      it = is_it ? array.erase(it) : it + 1;
    }
    if (array.size() == before) continue;
    const auto state = json::enum_of<api::JobState>(row.text(1));
    if (array.empty() && state && is_finished(*state)) {
      TG_TRY_VOID(connection.run("DELETE FROM jobs WHERE id = $1", {row.text(0)}));
    } else {
      TG_TRY_VOID(connection.run("UPDATE jobs SET result = $2 WHERE id = $1",
                                 {row.text(0), json::to_text(json::Value(result))}));
    }
  }
  return {};
}

}  // namespace tg::telegram
