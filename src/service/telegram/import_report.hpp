// Counts what a job stored, per channel. Kept in the job's row, so that it survives restarts. Not
// thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.hpp"
#include "service/telegram/post_store.hpp"

namespace tg::telegram {

struct ChannelCounts {
  std::string title;
  std::int64_t added = 0;
  std::int64_t changed = 0;
  std::int64_t unchanged = 0;
  std::int64_t service = 0;
  std::int64_t without_text = 0;
  std::int64_t refused = 0;
};

class ImportReport {
 public:
  // `result` of a job: {channels: [...], refused: [...]}.
  static ImportReport of(const json::Object& result);
  void write(json::Object& result) const;

  void name(std::int64_t channel_id, const std::string& title) {
    counts_[channel_id].title = title;
  }
  void forget(std::int64_t channel_id) { counts_.erase(channel_id); }
  void count(std::int64_t channel_id, const Post& post, Change change);
  void count_service(std::int64_t channel_id) { ++counts_[channel_id].service; }
  // Keeps the first distinct reasons.
  void count_refused(std::int64_t channel_id, const std::string& reason);

 private:
  std::map<std::int64_t, ChannelCounts> counts_;
  std::vector<std::string> reasons_;
};

}  // namespace tg::telegram
