// Changes that are not searchable yet, as events on the bus: appended in the transaction of the
// change, taken in order by the document service, removed when it acknowledges them. An event names
// the post, whose current state is read when the event is taken. Thread-safe.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "api/telegram_types.hpp"
#include "store/bus.hpp"

namespace tg::telegram {

// The topic's name on Kafka, too.
inline constexpr std::string_view kPostsTopic = "telegram_messages";

class Feed {
 public:
  Feed(store::Bus& bus, sql::Database& database) : bus_(bus), database_(database) {}

  // In the caller's transaction.
  Result<void> post_changed(sql::Connection& connection, std::int64_t channel_id,
                            std::int64_t message_id);
  Result<void> channel_deleted(sql::Connection& connection, std::int64_t channel_id);
  // Everything stored so far is searchable once no event up to this one is pending.
  Result<std::int64_t> newest(sql::Connection& connection);

  // The changes that are not in the index yet.
  struct Pending {
    std::set<std::pair<std::int64_t, std::int64_t>> posts;  // channel, message
    std::vector<std::int64_t> deleted_channels;
  };
  Result<Pending> under_way(sql::Connection& connection);

  // To be called after the commit.
  void wake() { bus_.wake(); }
  // Ends all waiting in take().
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
