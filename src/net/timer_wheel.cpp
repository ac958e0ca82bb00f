#include "net/timer_wheel.hpp"

#include <algorithm>

namespace tg::net {

void TimerWheel::Link::unlink() {
  previous->next = next;
  next->previous = previous;
  previous = next = this;
}

void TimerWheel::Link::insert_before(Link& place) {
  previous = place.previous;
  next = &place;
  previous->next = this;
  place.previous = this;
}

TimerWheel::TimerWheel(SteadyTime start, std::chrono::milliseconds tick)
    : start_(start), tick_(tick) {}

void TimerWheel::place(Timer& timer, std::uint64_t tick) {
  timer.placed_ = tick;
  timer.insert_before(slots_[tick % kSlots]);
}

void TimerWheel::arm(Timer& timer, SteadyTime until) {
  if (until == SteadyTime::max()) return disarm(timer);
  const auto after = std::max(SteadyTime::duration::zero(), until - start_);
  // Rounded up: never early.
  const auto due = static_cast<std::uint64_t>((after + tick_ - SteadyTime::duration(1)) / tick_);
  timer.due_ = std::max(due, now_ + 1);
  // Later than its slot: it is moved when that slot is processed.
  if (timer.armed() && timer.placed_ <= timer.due_) return;
  timer.unlink();
  place(timer, timer.due_);
}

std::size_t TimerWheel::advance(SteadyTime now) {
  const auto target =
      static_cast<std::uint64_t>(std::max(SteadyTime::duration::zero(), now - start_) / tick_);
  std::size_t fired = 0;
  // After a long pause each slot is processed once.
  if (target > now_ + kSlots) now_ = target - kSlots;
  while (now_ < target) {
    ++now_;
    Link& slot = slots_[now_ % kSlots];
    Link due;  // a list of its own: callbacks may add to the slot
    while (!slot.alone()) {
      auto& timer = static_cast<Timer&>(*slot.next);
      timer.unlink();
      timer.insert_before(due);
    }
    while (!due.alone()) {
      auto& timer = static_cast<Timer&>(*due.next);
      timer.unlink();
      if (timer.due_ > now_) {  // re-armed since, or due in a later turn of the wheel
        place(timer, timer.due_);
        continue;
      }
      ++fired;
      timer.on_expiry_();
    }
  }
  return fired;
}

}  // namespace tg::net
