#include "service/telegram/coverage.hpp"

#include <algorithm>

namespace tg::telegram {

std::optional<std::int64_t> next_cursor(const PreviewPage& page,
                                        std::optional<std::int64_t> asked) {
  const bool is_empty = page.posts.empty() && page.refused.empty();
  if (!page.before || is_empty || *page.before <= 1) return std::nullopt;
  // A page that does not lead further back would be read for ever.
  if (asked && *page.before >= *asked) return std::nullopt;
  return page.before;
}

std::optional<std::int64_t> Coverage::note_page(const PreviewPage& page,
                                                std::optional<std::int64_t> asked) {
  const auto next = next_cursor(page, asked);
  const bool meets_read = read_to && next && *next <= *read_to + 1;
  if (asked) {
    if (!gap_top) return std::nullopt;  // closed meanwhile by a job
    gap_before = next;
    if (next && !meets_read) return next;
    read_to = std::max(read_to.value_or(0), *gap_top);
    gap_top = gap_before = std::nullopt;
    return std::nullopt;  // posts above the former gap are found by the next round
  }
  if (gap_top) return gap_before;
  if (page.posts.empty()) return std::nullopt;
  const std::int64_t newest = page.posts.back().message_id;
  if (!read_to || !next || meets_read) {
    read_to = std::max(read_to.value_or(0), newest);
    return std::nullopt;
  }
  gap_top = newest;
  gap_before = next;
  return next;
}

void Coverage::note_reading(std::int64_t newest, std::int64_t oldest, bool is_start) {
  const bool meets_read = read_to && oldest <= *read_to + 1;
  if (!is_start && !meets_read) return;
  read_to = std::max(read_to.value_or(0), newest);
  if (gap_top && *gap_top <= *read_to) gap_top = gap_before = std::nullopt;
}

Result<Coverage> load_coverage(sql::Connection& connection, std::int64_t channel_id) {
  TG_TRY(const sql::Rows rows,
         connection.run("SELECT read_to, gap_top, gap_before FROM channels WHERE channel_id = $1",
                        {channel_id}));
  if (rows.empty()) return Coverage{};
  return Coverage{.read_to = rows[0].optional_integer(0),
                  .gap_top = rows[0].optional_integer(1),
                  .gap_before = rows[0].optional_integer(2)};
}

Result<void> save_coverage(sql::Connection& connection, std::int64_t channel_id,
                           const Coverage& coverage) {
  TG_TRY_VOID(connection.run(
      "UPDATE channels SET read_to = $2, gap_top = $3, gap_before = $4 WHERE channel_id = $1",
      {channel_id, coverage.read_to, coverage.gap_top, coverage.gap_before}));
  return {};
}

}  // namespace tg::telegram
