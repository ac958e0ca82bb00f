// What has changed and is not searchable yet, on the bus: an event a change, appended in the
// change's own transaction, taken in order by the document service, gone when it says so. An event
// names the post; what the post is by now is read when it is taken. Thread-safe.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/telegram_types.hpp"
#include "store/bus.hpp"

namespace tg::telegram {

// The same name as on Kafka.
inline constexpr std::string_view kPostsTopic = "telegram_messages";

class Feed {
 public:
  Feed(store::Bus& bus, sql::Database& database) : bus_(bus), database_(database) {}

  // In the caller's transaction.
  Result<void> post_changed(sql::Connection& connection, std::int64_t channel_id,
                            std::int64_t message_id);
  Result<void> channel_deleted(sql::Connection& connection, std::int64_t channel_id);
  // All that is stored is searchable when nothing is pending up to here.
  Result<std::int64_t> newest(sql::Connection& connection);

  // What readers of the index cannot see yet.
  struct Pending {
    std::set<std::pair<std::int64_t, std::int64_t>> posts;  // channel, message
    std::vector<std::int64_t> deleted_channels;
  };
  Result<Pending> under_way(sql::Connection& connection);

  // After the commit.
  void wake() { bus_.wake(); }
  // Nobody waits in take() any more.
  void close() { bus_.close(); }
  Task<Result<std::vector<api::PostEvent>>> take(std::string consumer,
                                                 api::TakeEventsRequest request);
  Task<Result<void>> acknowledge(std::vector<std::int64_t> places);
  Task<Result<std::int64_t>> pending(std::int64_t up_to = store::Bus::kEverything);

 private:
  Result<std::int64_t> append(sql::Connection& connection, std::string_view type,
                              std::int64_t channel_id, std::int64_t message_id);

  store::Bus& bus_;
  sql::Database& database_;
};

}  // namespace tg::telegram
