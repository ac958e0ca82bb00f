// The part of the telegram service that lists, shows and cancels jobs.
#include <fmt/core.h>

#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

using sql::Connection;

namespace {

// `updated_at` alone is not enough: there may be several changes within a millisecond.
bool is_news(const api::Job& told, const api::Job& now) {
  return told.updated_at != now.updated_at || told.state != now.state || told.done != now.done ||
         told.waiting_until != now.waiting_until;
}

}  // namespace

class TelegramService::JobEvents final : public api::StreamSource<api::Job> {
 public:
  JobEvents(TelegramService& service, api::Principal principal, std::string id)
      : service_(service), principal_(std::move(principal)), id_(std::move(id)) {}

  Task<Result<std::optional<api::Job>>> next() override {
    if (ended_) co_return std::optional<api::Job>();
    while (true) {
      const std::uint64_t seen = service_.runner_.changed().version();
      TG_CO_TRY(
          const JobRow row,
          co_await sql::read<JobRow>(service_.database_, [p = principal_, id = id_](Connection& c) {
            return load_visible_job(c, p, id);
          }));
      if (!last_ || is_news(*last_, row.job)) {
        last_ = row.job;
        ended_ = is_finished(row.job.state);
        co_return last_;
      }
      if (service_.runner_.is_stopping()) co_return unavailable("telegram", "stopping");
      co_await service_.runner_.changed().wait_after(seen, std::chrono::seconds(15));
    }
  }

 private:
  TelegramService& service_;
  const api::Principal principal_;
  const std::string id_;
  bool ended_ = false;
  std::optional<api::Job> last_;  // as last sent
};

JobRunner::Work TelegramService::job_work() {
  return {.run =
              [this](JobRow* row) {
                return row->job.kind == "import" ? run_import(row) : run_reading(row);
              },
          .clean_up = [this](const JobRow& row) { return drop_upload(row); },
          .pause = parts_.pause};
}

Task<Result<JobRow>> TelegramService::load(api::Call call, std::string id) {
  co_return co_await sql::read<JobRow>(
      database_, [p = call.principal, id](Connection& c) { return load_visible_job(c, p, id); });
}

Task<Result<std::vector<api::Job>>> TelegramService::jobs(api::Call call, api::JobsQuery query) {
  TG_CO_TRY(const auto rows, co_await sql::read<std::vector<JobRow>>(
                                 database_, [p = call.principal, query](Connection& c) {
                                   return list_jobs(c, p, query.state, query.limit);
                                 }));
  std::vector<api::Job> jobs;
  for (const JobRow& row : rows) jobs.push_back(row.job);
  co_return jobs;
}

Task<Result<api::Job>> TelegramService::job(api::Call call, api::JobId id) {
  TG_CO_TRY(const JobRow row, co_await load(std::move(call), id.id));
  co_return row.job;
}

Task<Result<api::Stream<api::Job>>> TelegramService::job_events(api::Call call, api::JobId id) {
  TG_CO_TRY_VOID(co_await load(call, id.id));
  co_return std::make_shared<JobEvents>(*this, call.principal, id.id);
}

Task<Result<api::Job>> TelegramService::cancel_job(api::Call call, api::JobId id) {
  TG_CO_TRY(const JobRow row, co_await load(call, id.id));
  if (is_finished(row.job.state)) {
    co_return fail(Code::conflict, "job.finished",
                   fmt::format("the job is {} already", json::enum_word(row.job.state)));
  }
  runner_.cancel(id.id);
  while (true) {
    const std::uint64_t seen = runner_.changed().version();
    TG_CO_TRY(const JobRow now, co_await load(call, id.id));
    if (is_finished(now.job.state) || runner_.is_stopping()) co_return now.job;
    co_await runner_.changed().wait_after(seen, std::chrono::seconds(1));
  }
}

}  // namespace tg::telegram
