// The part of the telegram service that keeps watching: each watched channel's newest posts at an
// interval. An edit in the visible window becomes a new version; posts that were missed are read
// page by page, in as many rounds as it takes (coverage.hpp).
#include "runtime/log.hpp"
#include "service/telegram/coverage.hpp"
#include "service/telegram/page_posts.hpp"
#include "service/telegram/post_store.hpp"
#include "service/telegram/telegram_service.hpp"

namespace tg::telegram {

using sql::Connection;

namespace {

constexpr int kPagesOfOneRound = 50;

// A channel that does not answer now is read at its next turn.
Task<Result<void>> refuse_to_wait(UnixMillis) {
  co_return unavailable("telegram", "a watched channel is read at its next turn");
}

}  // namespace

Task<void> TelegramService::watch() {
  while (!runner_.is_stopping()) {
    const std::uint64_t seen = runner_.woken().version();  // woken early when a channel is added
    auto until_next = co_await watch_next();
    if (!until_next && !runner_.is_stopping())
      log::error("watching failed", {{"detail", until_next.error().detail}});
    const auto time = until_next.value_or(settings_.watch_interval);
    if (parts_.pause) {
      co_await parts_.pause(time);
    } else if (!runner_.is_stopping() && time.count() > 0) {
      co_await runner_.woken().wait_after(seen, time);
    }
  }
}

// Reads the channel that has waited longest, if it is due. Returns the time until the next is due.
Task<Result<std::chrono::milliseconds>> TelegramService::watch_next() {
  TG_CO_TRY(const auto next, co_await sql::read<std::optional<WatchedChannel>>(
                                 database_, [](Connection& c) { return next_watched(c); }));
  if (!next) co_return settings_.watch_interval;
  const UnixMillis now = clock_.wall();
  const UnixMillis due = next->checked ? *next->checked + settings_.watch_interval : now;
  if (due > now) co_return due - now;
  const auto read = co_await read_news(*next);
  if (!read && !runner_.is_stopping()) {
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
  std::optional<std::int64_t> before;
  PreviewTools tools = preview_tools({});
  tools.backoff.attempts = 1;
  for (int pages = 0; pages < kPagesOfOneRound; ++pages) {
    TG_CO_TRY_VOID(disk_.check());
    TG_CO_TRY(const PreviewPage page,
              co_await read_page(tools, *watched.channel.username, before, refuse_to_wait));
    if (!page.posts.empty() && page.channel.bare_id != watched.channel.bare_id)
      co_return fail(Code::conflict, "preview.renamed", "the name belongs to another channel now");
    TG_CO_TRY(before, co_await keep_news(watched.channel.id(), &page, before));
    feed_.wake();
    if (!before) break;
  }
  co_return Result<void>();
}

// Stores a page together with how far the channel has been read. Returns the next page's cursor,
// or nullopt at the end of the round.
Task<Result<std::optional<std::int64_t>>> TelegramService::keep_news(
    std::int64_t channel_id, const PreviewPage* page, std::optional<std::int64_t> asked) {
  using Cursor = std::optional<std::int64_t>;
  co_return co_await sql::write<Cursor>(
      database_, [channel_id, page, asked, this](Connection& c) -> Result<Cursor> {
        TG_TRY(const bool is_there, has_channel(c, channel_id));
        if (!is_there) return Cursor();  // deleted meanwhile: nothing brings it back
        if (!page->posts.empty()) {
          ImportReport report;
          TG_TRY_VOID(store_page(c, feed_, *page, {.min_date = {}, .is_live = true}, clock_.wall(),
                                 report));
        }
        TG_TRY(Coverage coverage, load_coverage(c, channel_id));
        const Cursor cursor = coverage.note_page(*page, asked);
        TG_TRY_VOID(save_coverage(c, channel_id, coverage));
        return cursor;
      });
}

}  // namespace tg::telegram
