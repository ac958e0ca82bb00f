// The part of the telegram service that reads public channels: parse now, add and sync as jobs.
#include <algorithm>
#include <ranges>

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "base/text.hpp"
#include "service/telegram/coverage.hpp"
#include "service/telegram/link.hpp"
#include "service/telegram/page_posts.hpp"
#include "service/telegram/post_store.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

using sql::Connection;

namespace {

constexpr std::int64_t kPagesOfOneParse = 12;

// Where the first `add` of a channel ends, by the limit that was asked for, its posts are meant to
// begin. Once a channel is watched, no reading may leave a gap behind.
Result<void> note_reading(Connection& connection, std::int64_t channel_id, const JobRow& row,
                          bool is_add) {
  const auto newest = json::integer_in(row.checkpoint, "newest");
  const auto oldest = json::integer_in(row.checkpoint, "oldest");
  if (!newest || !oldest) return {};
  TG_TRY(Coverage coverage, load_coverage(connection, channel_id));
  TG_TRY(const bool watched, is_watched(connection, channel_id));
  coverage.note_reading(*newest, *oldest, is_add && (!watched || !coverage.read_to));
  return save_coverage(connection, channel_id, coverage);
}

// The caller waits for the answer: a refusal is reported, not waited out.
Task<Result<void>> refuse_to_wait(UnixMillis) {
  co_return unavailable("telegram", "a parse does not wait");
}

}  // namespace

PreviewTools TelegramService::preview_tools(std::string job_id) {
  return {.database = database_,
          .feed = feed_,
          .source = source_,
          .pacer = pacer_,
          .clock = clock_,
          .backoff = parts_.backoff,
          .disk = disk_,
          .pause = [this, job_id](std::chrono::milliseconds time) {
            return runner_.pause(time, job_id);
          }};
}

Task<Result<void>> TelegramService::run_reading(JobRow* row) {
  PreviewJob job(preview_tools(row->job.id));
  TG_CO_TRY_VOID(co_await job.run(row, runner_.progress_of(row->job.id)));
  const auto channel = json::integer_in(row->job.result, "channel_id");
  if (!channel) co_return Result<void>();
  TG_CO_TRY(const ReadRequest request, request_of(*row));
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [id = *channel, request, row, this](Connection& c) -> Result<void> {
        const bool is_add = row->job.kind == "add";
        TG_TRY_VOID(note_reading(c, id, *row, is_add));
        if (!is_add) return {};
        TG_TRY_VOID(mark_checked(c, id, clock_.wall()));
        return set_watched(c, id, request.watch);
      }));
  runner_.woken().notify();
  co_return Result<void>();
}

// The same request of the same caller, while the first is under way, returns the first job.
Task<Result<api::JobAccepted>> TelegramService::start_reading(api::Call call, std::string kind,
                                                              ReadRequest request) {
  JobRow row;
  row.job.kind = std::move(kind);
  row.owner = json::to_text(json::write(call.principal));
  row.request = json::write(request).get_object();
  TG_CO_TRY(const auto running, co_await runner_.unfinished());
  const auto same = std::ranges::find_if(running, [&row](const JobRow& other) {
    return other.job.kind == row.job.kind && other.owner == row.owner &&
           other.request == row.request;
  });
  if (same != running.end()) co_return api::JobAccepted{same->job.id};
  co_return co_await runner_.start(std::move(row));
}

Task<Result<api::JobAccepted>> TelegramService::add(api::Call call,
                                                    api::AddChannelRequest request) {
  TG_CO_TRY(std::string name, public_name(request.channel));
  co_return co_await start_reading(std::move(call), "add",
                                   {.name = std::move(name),
                                    .limit = request.limit,
                                    .min_date = request.min_date,
                                    .watch = request.watch});
}

Task<Result<api::Enveloped<api::JobAccepted>>> TelegramService::sync(api::Call call,
                                                                     api::SyncRequest request) {
  TG_CO_TRY(const api::ChannelView channel, co_await channel_of(call, request.id));
  if (!channel.username) {
    co_return fail(Code::conflict, "not_previewable",
                   "this channel has no public name: import a new export of it");
  }
  api::Enveloped<api::JobAccepted> reply;
  TG_CO_TRY(reply.data,
            co_await start_reading(std::move(call), "sync",
                                   {.name = *channel.username, .limit = request.limit}));
  reply.message = fmt::format("The history of {} is being read", channel.title);
  co_return reply;
}

// Stores the page for the caller's space. Returns the channel's id.
Task<Result<std::int64_t>> TelegramService::keep_parsed(const PreviewPage* page,
                                                        api::Principal principal,
                                                        std::int64_t limit) {
  co_return co_await sql::write<std::int64_t>(
      database_, [page, principal, limit, this](Connection& c) -> Result<std::int64_t> {
        ImportReport report;
        TG_TRY(const Channel channel, telegram::channel_of(page->channel));
        TG_TRY(const Standing standing, standing_of(c, principal, channel.id()));
        TG_TRY_VOID(store_page(c, feed_, *page, {.posts = limit}, clock_.wall(), report));
        TG_TRY_VOID(
            grant_channel(c, channel.id(), api::space_access_key(principal.space), standing));
        return channel.id();
      });
}

Task<Result<api::ParsedChannel>> TelegramService::read_newest(api::Call call, std::string name,
                                                              std::int64_t limit) {
  api::ParsedChannel parsed;
  std::optional<std::int64_t> before;
  std::int64_t channel_id = 0;
  PreviewTools tools = preview_tools({});
  tools.backoff.attempts = 1;
  tools.deadline = call.deadline;
  TG_CO_TRY_VOID(disk_.check());
  for (std::int64_t pages = 0; pages < kPagesOfOneParse; ++pages) {
    auto read = co_await read_page(tools, name, before, refuse_to_wait);
    // The posts of the pages so far are an answer.
    if (!read && before && read.error().reason == "preview.busy") break;
    TG_CO_TRY(const PreviewPage page, std::move(read));
    if (before && page.posts.empty()) break;
    const std::int64_t left = limit - std::ssize(parsed.posts);
    TG_CO_TRY(channel_id, co_await keep_parsed(&page, call.principal, left));
    TG_CO_TRY(const Channel channel, telegram::channel_of(page.channel));
    for (const PagePost& shown : page.posts | std::views::reverse) {
      if (std::ssize(parsed.posts) >= limit) break;
      const auto posts = posts_of(shown, channel, clock_.wall());
      if (!posts.empty()) parsed.posts.push_back(view_of(posts.front(), channel, shown));
    }
    const bool leads_back = page.before && (!before || *page.before < *before);
    if (std::ssize(parsed.posts) >= limit || !leads_back) break;
    before = page.before;
  }
  feed_.wake();
  TG_CO_TRY(parsed.channel, co_await channel_of(call, std::to_string(channel_id)));
  co_return parsed;
}

Task<Result<api::Enveloped<api::ParsedChannel>>> TelegramService::parse(api::Call call,
                                                                        api::ParseRequest request) {
  // A channel from an export may have no public name: then the stored posts are the answer.
  const auto known = co_await channel_of(call, request.channel_username);
  api::Enveloped<api::ParsedChannel> reply;
  std::string name;
  if (known && !known->username) {
    name = std::to_string(known->id);
    reply.data.channel = *known;
    TG_CO_TRY(reply.data.posts,
              co_await sql::read<std::vector<api::PostView>>(
                  database_, [p = call.principal, id = known->id, request](Connection& c) {
                    return list_posts(c, p, id, request.limit, std::nullopt);
                  }));
  } else {
    auto given =
        known ? Result<std::string>(*known->username) : public_name(request.channel_username);
    if (!given) {
      given.error().field = "channel_username";
      co_return std::unexpected(given.error());
    }
    name = *given;
    TG_CO_TRY(reply.data, co_await read_newest(call, name, request.limit));
  }
  reply.data.total_parsed = std::ssize(reply.data.posts);
  if (request.save_format)
    TG_CO_TRY_VOID(co_await save_files(&reply.data, name, *request.save_format));
  reply.message =
      fmt::format("Successfully parsed {} posts from {}", reply.data.total_parsed, name);
  co_return reply;
}

}  // namespace tg::telegram
