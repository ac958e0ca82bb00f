// What has changed and is not searchable yet: one row a change, written in the change's own
// transaction, read in order by the document service, gone when it says so.
#pragma once

#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "api/telegram_types.hpp"
#include "store/sql.hpp"

namespace tg::telegram {

Result<void> emit(sql::Connection& connection, std::string_view kind, std::int64_t channel_id,
                  std::int64_t message_id);
Result<std::int64_t> last_sequence(sql::Connection& connection);
Result<std::vector<api::PostEvent>> take_events(sql::Connection& connection, std::int64_t after,
                                                std::int64_t limit);
Result<void> acknowledge_events(sql::Connection& connection,
                                const std::vector<std::int64_t>& sequences);
// Events up to `sequence` that are not acknowledged yet.
Result<std::int64_t> pending_events(sql::Connection& connection, std::int64_t sequence);
// Channel and message of the posts in these channels that have an event not acknowledged yet.
Result<std::set<std::pair<std::int64_t, std::int64_t>>> pending_posts(sql::Connection& connection,
                                                                      std::int64_t first_channel,
                                                                      std::int64_t last_channel);
// Channels whose deletion is not acknowledged yet.
Result<std::vector<std::int64_t>> pending_deletions(sql::Connection& connection);
Result<void> drop_events(sql::Connection& connection, std::int64_t channel_id);

}  // namespace tg::telegram
