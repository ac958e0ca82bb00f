#include "service/telegram/pacing.hpp"

#include <algorithm>
#include <iterator>
#include <random>

namespace tg::telegram {
namespace {

std::chrono::milliseconds scaled(std::chrono::milliseconds time, double factor) {
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(time.count()) * factor));
}

}  // namespace

Pacer::Ticket Pacer::enter() {
  const std::scoped_lock lock(mutex_);
  waiting_.insert(++last_number_);
  return {this, last_number_};
}

Pacer::Ticket::~Ticket() {
  if (pacer_ == nullptr) return;
  const std::scoped_lock lock(pacer_->mutex_);
  pacer_->waiting_.erase(number_);
}

std::chrono::milliseconds Pacer::Ticket::take(SteadyTime now, double chance) {
  const std::scoped_lock lock(pacer_->mutex_);
  const auto place = pacer_->waiting_.find(number_);
  const auto ahead = std::distance(pacer_->waiting_.begin(), place);
  const SteadyTime turn = std::max(now, pacer_->next_) + ahead * pacer_->pace_;
  if (turn > now) return std::chrono::ceil<std::chrono::milliseconds>(turn - now);
  pacer_->next_ = now + scaled(pacer_->pace_, (2 + 2 * chance) / 3);
  pacer_->waiting_.erase(place);
  return std::chrono::milliseconds(0);
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
