// The part of the telegram service that keeps watching: each watched channel's newest posts at an
// interval. What was edited in the visible window becomes a new version; what was missed while
// nobody watched is read page by page until known ground.
#include "runtime/log.hpp"
#include "service/telegram/page_posts.hpp"
#include "service/telegram/post_store.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

using sql::Connection;

namespace {

constexpr int kPagesOfOneRound = 50;

std::int64_t oldest_of(const PreviewPage& page) {
  return page.posts.empty() ? 0 : page.posts.front().message_id;
}

// A channel that does not answer now is read at its next turn.
Task<Result<void>> refuse_to_wait(UnixMillis) {
  co_return unavailable("telegram", "a watched channel is read at its next turn");
}

}  // namespace

Task<void> TelegramService::watch() {
  while (!stopping_) {
    const std::uint64_t seen = woken_.version();  // woken early when a channel is added
    auto until_next = co_await watch_next();
    if (!until_next && !stopping_)
      log::error("watching failed", {{"detail", until_next.error().detail}});
    const auto time = until_next.value_or(settings_.watch_interval);
    if (parts_.pause) {
      co_await parts_.pause(time);
    } else if (!stopping_ && time.count() > 0) {
      co_await woken_.wait_after(seen, time);
    }
  }
}

// Reads the channel that has waited longest, if it is due; answers how long the next one has time.
Task<Result<std::chrono::milliseconds>> TelegramService::watch_next() {
  TG_CO_TRY(const auto next, co_await sql::read<std::optional<WatchedChannel>>(
                                 database_, [](Connection& c) { return next_watched(c); }));
  if (!next) co_return settings_.watch_interval;
  const UnixMillis now = clock_.wall();
  const UnixMillis due = next->checked ? *next->checked + settings_.watch_interval : now;
  if (due > now) co_return due - now;
  const auto read = co_await read_news(*next);
  if (!read && !stopping_) {
    log::warning(
        "a watched channel could not be read",
        {{"channel", std::to_string(next->channel.id())}, {"reason", read.error().reason}});
  }
  const std::int64_t id = next->channel.id();
  TG_CO_TRY_VOID(co_await sql::write<void>(
      database_, [id, this](Connection& c) { return mark_checked(c, id, clock_.wall()); }));
  co_return std::chrono::milliseconds(0);
}

Task<Result<void>> TelegramService::read_news(WatchedChannel watched) {
  const std::int64_t id = watched.channel.id();
  TG_CO_TRY(const auto known,
            co_await sql::read<std::optional<std::int64_t>>(
                database_, [id](Connection& c) { return newest_message(c, id); }));
  std::optional<std::int64_t> before;
  PreviewTools tools = preview_tools({});
  tools.backoff.attempts = 1;
  for (int pages = 0; pages < kPagesOfOneRound; ++pages) {
    TG_CO_TRY(const PreviewPage page,
              co_await read_page(tools, *watched.channel.username, before, refuse_to_wait));
    if (page.posts.empty()) break;
    if (page.channel.bare_id != watched.channel.bare_id)
      co_return fail(Code::conflict, "preview.renamed", "the name belongs to another channel now");
    TG_CO_TRY_VOID(
        co_await sql::write<void>(database_, [&page, id, this](Connection& c) -> Result<void> {
          // Deleted since it was asked for: then nothing brings it back.
          TG_TRY(const bool is_there, has_channel(c, id));
          if (!is_there) return {};
          ImportReport report;
          TG_TRY_VOID(
              store_page(c, feed_, page, {.min_date = {}, .is_live = true}, clock_.wall(), report));
          return {};
        }));
    feed_.wake();
    const bool is_known_ground = known && oldest_of(page) <= *known;
    if (is_known_ground || !page.before || (before && *page.before >= *before)) break;
    before = page.before;
  }
  co_return Result<void>();
}

}  // namespace tg::telegram
