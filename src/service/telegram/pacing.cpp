#include "service/telegram/pacing.hpp"

#include <algorithm>
#include <random>

namespace tg::telegram {
namespace {

std::chrono::milliseconds scaled(std::chrono::milliseconds time, double factor) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(time.count()) * factor));
}

}  // namespace

std::chrono::milliseconds Pacer::reserve(SteadyTime now, double chance) {
  const std::scoped_lock lock(mutex_);
  const SteadyTime start = std::max(now, next_);
  next_ = start + scaled(pace_, (2 + 2 * chance) / 3);
  return std::chrono::ceil<std::chrono::milliseconds>(start - now);
}

std::optional<std::chrono::milliseconds> Backoff::wait_after(
    int refusals, std::optional<std::chrono::seconds> asked, double chance) const {
  if (refusals >= attempts) return std::nullopt;
  std::chrono::milliseconds wait = first;
  for (int i = 1; i < refusals && wait < longest; ++i) wait *= 2;
  wait = std::min(wait, longest);
  if (asked) wait = std::max<std::chrono::milliseconds>(wait, *asked);
  return scaled(wait, 1 + chance / 5);
}

double random_chance() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

}  // namespace tg::telegram
