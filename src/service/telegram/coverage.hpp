// How far the preview of a channel has been read, so that watching it loses no post: posts between
// two readings are found by page, whatever else stored newer ones meanwhile (a parse, an import).
//
// Posts with ids up to `read_to` have been read without a gap, down to where reading once began. A
// round that cannot reach that from the newest page leaves a gap behind it, which later rounds
// close from `gap_before` downwards. Plain values and functions over a connection.
#pragma once

#include <cstdint>
#include <optional>

#include "base/error.hpp"
#include "service/telegram/preview_page.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

struct Coverage {
  std::optional<std::int64_t> read_to;     // nullopt: never read to an end
  std::optional<std::int64_t> gap_top;     // ids from gap_before to here have been read, too
  std::optional<std::int64_t> gap_before;  // where the reading of the gap goes on

  // Notes a page that was asked for with `asked` (nullopt: the newest page). Returns the cursor of
  // the next page, or nullopt when this round has nothing more to read.
  std::optional<std::int64_t> note_page(const PreviewPage& page, std::optional<std::int64_t> asked);

  // Notes a reading from `newest` back to `oldest`. `is_start`: where it ended is where the
  // channel's posts are meant to begin, as someone asked for.
  void note_reading(std::int64_t newest, std::int64_t oldest, bool is_start);

  bool operator==(const Coverage&) const = default;
};

// The cursor that leads further back than `asked`; nullopt at the beginning of the channel.
std::optional<std::int64_t> next_cursor(const PreviewPage& page, std::optional<std::int64_t> asked);

Result<Coverage> load_coverage(sql::Connection& connection, std::int64_t channel_id);
Result<void> save_coverage(sql::Connection& connection, std::int64_t channel_id,
                           const Coverage& coverage);

}  // namespace tg::telegram
