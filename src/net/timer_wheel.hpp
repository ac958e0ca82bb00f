// A timer wheel: arming, re-arming and disarming are O(1) and allocate nothing, so that a
// connection can set a limit for every wait. A timer fires at the first advance() at or after its
// time, never before, and at most one tick late (plus the delay of advance() itself).
//
//   TimerWheel wheel(clock.steady());
//   TimerWheel::Timer limit([this] { cancel(); });
//   wheel.arm(limit, clock.steady() + 10s);   // re-arming for a later time is one store
//   ...
//   wheel.advance(clock.steady());            // from the loop, each tick
//
// Not thread-safe: use from its event loop only. A callback may arm and disarm any timer, and
// destroy any but its own.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>

#include "base/clock.hpp"

namespace tg::net {

class TimerWheel {
  // A node of a circular list; the list's head is one, too.
  struct Link {
    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    bool alone() const { return next == this; }
    void unlink();
    void insert_before(Link& place);
    Link* previous = this;
    Link* next = this;
  };

 public:
  class Timer : private Link {
   public:
    explicit Timer(std::function<void()> on_expiry) : on_expiry_(std::move(on_expiry)) {}
    ~Timer() { unlink(); }
    bool armed() const { return !alone(); }

   private:
    friend class TimerWheel;
    std::function<void()> on_expiry_;
    std::uint64_t due_ = 0;     // the tick at which it fires
    std::uint64_t placed_ = 0;  // the tick whose slot holds it; at most due_
  };

  explicit TimerWheel(SteadyTime start,
                      std::chrono::milliseconds tick = std::chrono::milliseconds(100));

  void arm(Timer& timer, SteadyTime until);
  void disarm(Timer& timer) { timer.unlink(); }
  // Fires the timers that are due and returns their number.
  std::size_t advance(SteadyTime now);

 private:
  static constexpr std::size_t kSlots = 1024;  // over a minute with 100 ms ticks
  void place(Timer& timer, std::uint64_t tick);

  const SteadyTime start_;
  const std::chrono::milliseconds tick_;
  std::uint64_t now_ = 0;  // the last tick processed
  std::array<Link, kSlots> slots_;
};

}  // namespace tg::net
