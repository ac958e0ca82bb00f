#include "store/olap.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace tg::store {

UnixMillis bucket_of(const UsageQuery& query, UnixMillis at) {
  if (!query.bucket || query.bucket->count() <= 0) return query.from;
  const std::int64_t length = query.bucket->count();
  const std::int64_t time = to_millis(at);
  const std::int64_t rest = ((time % length) + length) % length;  // also before the epoch
  return from_millis(time - rest);
}

UsageSums sum_up(UnixMillis from, std::string group, std::vector<double>& durations,
                 std::int64_t items) {
  UsageSums sums{.from = from, .group = std::move(group), .items = items};
  if (durations.empty()) return sums;
  std::ranges::sort(durations);
  const auto rank = [&](double share) {
    const auto place = std::ceil(share * static_cast<double>(durations.size()));
    return durations[static_cast<std::size_t>(std::max(place, 1.0)) - 1];
  };
  sums.count = static_cast<std::int64_t>(durations.size());
  sums.mean_ms = std::accumulate(durations.begin(), durations.end(), 0.0) /
                 static_cast<double>(durations.size());
  sums.p50_ms = rank(0.5);
  sums.p95_ms = rank(0.95);
  return sums;
}

}  // namespace tg::store
