#include "service/telegram/preview_job.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "runtime/fault.hpp"
#include "service/telegram/channel_store.hpp"
#include "service/telegram/coverage.hpp"
#include "service/telegram/page_posts.hpp"
#include "service/telegram/post_store.hpp"

namespace tg::telegram {
namespace {

std::unexpected<Error> cancelled() {
  return fail(Code::conflict, "cancelled", "the job was cancelled");
}

std::optional<std::int64_t> cursor_of(const JobRow& row) {
  return json::integer_in(row.checkpoint, "before");
}

bool is_complete(const JobRow& row) {
  const json::Value* value = row.checkpoint.if_contains("is_complete");
  return value != nullptr && value->is_bool() && value->get_bool();
}

std::unexpected<Error> busy(std::chrono::milliseconds wait) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait);
  auto error = fail(Code::unavailable, "preview.busy",
                    fmt::format("many pages are being read from Telegram: the next free turn is "
                                "in {} s",
                                seconds.count()));
  error.error().retry_after = seconds;
  return error;
}

// Waits in steps, because tickets ahead may be given up.
Task<Result<void>> wait_for_turn(PreviewTools tools) {
  constexpr std::chrono::milliseconds kLongestStep{2000};
  Pacer::Ticket ticket = tools.pacer.enter();
  while (true) {
    const SteadyTime now = tools.clock.steady();
    const auto wait = ticket.take(now, random_chance());
    if (wait.count() == 0) co_return Result<void>();
    if (tools.deadline - now < wait) co_return busy(wait);
    if (!co_await tools.pause(std::min(wait, kLongestStep))) co_return cancelled();
  }
}

}  // namespace

Result<ReadRequest> request_of(const JobRow& row) {
  json::Warnings warnings;
  return json::read<ReadRequest>(row.request, warnings);
}

Task<Result<PreviewPage>> read_page(PreviewTools tools, std::string name,
                                    std::optional<std::int64_t> before,
                                    std::function<Task<Result<void>>(UnixMillis until)> on_wait) {
  for (int refusals = 1;; ++refusals) {
    TG_CO_TRY_VOID(co_await wait_for_turn(tools));
    auto page = co_await tools.source.page(name, before, tools.request_time);
    if (page || !PreviewSource::is_passing(page.error())) co_return page;
    const auto wait = tools.backoff.wait_after(refusals, page.error().retry_after, random_chance());
    if (!wait) co_return page;
    TG_CO_TRY_VOID(co_await on_wait(tools.clock.wall() + *wait));
    if (!co_await tools.pause(*wait)) co_return cancelled();
  }
}

Result<StoredPage> store_page(sql::Connection& connection, Feed& feed, const PreviewPage& page,
                              const PageLimits& limits, UnixMillis now, ImportReport& report) {
  TG_TRY(const Channel channel, channel_of(page.channel));
  TG_TRY_VOID(store_channel(connection, channel, now));
  report.name(channel.id(), channel.title);
  for (const std::string& reason : page.refused) report.count_refused(channel.id(), reason);
  StoredPage stored;
  for (const PagePost& shown : page.posts | std::views::reverse) {
    if (shown.is_service) {
      report.count_service(channel.id());
      stored.oldest = shown.message_id;
      continue;
    }
    auto posts = posts_of(shown, channel, now);
    if (posts.empty()) {
      report.count_refused(channel.id(), "a post without a date");
      stored.oldest = shown.message_id;
      continue;
    }
    const bool is_too_old = limits.min_date && posts.front().date < *limits.min_date;
    if (stored.posts >= limits.posts || is_too_old) {
      stored.is_complete = false;
      break;
    }
    ++stored.posts;
    stored.oldest = shown.message_id;
    for (Post& post : posts) {
      post.is_live = limits.is_live;
      TG_TRY(const Change change,
             store_post(connection, feed, channel, post, Source::preview, now));
      report.count(channel.id(), post, change);
    }
  }
  return stored;
}

Task<Result<void>> PreviewJob::run(JobRow* row, std::function<bool(const JobRow&)> on_progress) {
  on_progress_ = std::move(on_progress);
  TG_CO_TRY(request_, request_of(*row));
  TG_CO_TRY(owner_, json::read_text<api::Principal>(row->owner));
  bool goes_on = !is_complete(*row);
  while (goes_on && row->job.done < request_.limit) {
    JobRow* const mine = row;
    TG_CO_TRY_VOID(co_await wait_for_room(row));
    TG_CO_TRY(PreviewPage page, co_await read_page(tools_, request_.name, cursor_of(*row),
                                                   [this, mine](UnixMillis until) {
                                                     return note_wait(mine, until);
                                                   }));
    TG_CO_TRY(goes_on, co_await keep(row, std::move(page)));
    if (!on_progress_(*row)) co_return cancelled();
  }
  co_return Result<void>();
}

// Shows clients until when the job waits.
Task<Result<void>> PreviewJob::note_wait(JobRow* row, UnixMillis until) {
  row->job.state = api::JobState::waiting;
  row->job.waiting_until = until;
  row->job.updated_at = tools_.clock.wall();
  const JobRow copy = *row;
  TG_CO_TRY_VOID(co_await sql::write<void>(
      tools_.database, [&copy](sql::Connection& c) { return update_job(c, copy); }));
  if (!on_progress_(*row)) co_return cancelled();
  co_return Result<void>();
}

Task<Result<void>> PreviewJob::wait_for_room(JobRow* row) {
  while (true) {
    const auto room = tools_.disk.check();
    if (room) co_return Result<void>();
    const std::chrono::seconds wait = room.error().retry_after.value_or(std::chrono::minutes(1));
    TG_CO_TRY_VOID(co_await note_wait(row, tools_.clock.wall() + wait));
    if (!co_await tools_.pause(wait)) co_return cancelled();
  }
}

Task<Result<bool>> PreviewJob::keep(JobRow* row, PreviewPage page) {
  JobRow next;
  bool goes_on = false;
  // A write may run twice, so it starts from the same row each time.
  TG_CO_TRY_VOID(
      co_await sql::write<void>(tools_.database, [&](sql::Connection& connection) -> Result<void> {
        next = *row;
        TG_TRY(goes_on, keep_in(connection, page, next));
        return {};
      }));
  TG_FAULT("preview.after_page_commit");
  *row = std::move(next);
  co_return goes_on;
}

Result<bool> PreviewJob::keep_in(sql::Connection& connection, const PreviewPage& page,
                                 JobRow& row) {
  ImportReport report = ImportReport::of(row.job.result);
  const auto current = cursor_of(row);
  StoredPage stored;
  if (!current || !page.posts.empty()) {
    const PageLimits limits{.posts = request_.limit - row.job.done, .min_date = request_.min_date};
    TG_TRY(const Channel channel, channel_of(page.channel));
    TG_TRY(const Standing standing, standing_of(connection, owner_, channel.id()));
    TG_TRY(stored, store_page(connection, tools_.feed, page, limits, tools_.clock.wall(), report));
    TG_TRY_VOID(
        grant_channel(connection, channel.id(), api::space_access_key(owner_.space), standing));
    row.job.result["channel_id"] = channel.id();
    if (!current && !page.posts.empty()) row.checkpoint["newest"] = page.posts.back().message_id;
    if (stored.oldest != 0) row.checkpoint["oldest"] = stored.oldest;
  }
  row.job.done += stored.posts;
  ++row.records;
  const auto next = stored.is_complete ? next_cursor(page, current) : std::nullopt;
  if (next) row.checkpoint["before"] = *next;
  if (!next) row.checkpoint["is_complete"] = true;
  if (!next && stored.is_complete) row.checkpoint["oldest"] = 0;  // the channel's beginning
  // Ids are positive, so the oldest one bounds the number of posts left.
  row.job.total = next ? std::min(request_.limit, row.job.done + *next) : row.job.done;
  row.job.state = api::JobState::running;
  row.job.waiting_until.reset();
  row.job.updated_at = tools_.clock.wall();
  report.write(row.job.result);
  TG_TRY(row.last_sequence, tools_.feed.newest(connection));
  TG_TRY_VOID(update_job(connection, row));
  return next.has_value();
}

}  // namespace tg::telegram
