#include "runtime/loop_monitor.hpp"

#include <algorithm>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "runtime/run_blocking.hpp"

namespace tg {
namespace {

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

}  // namespace

void LoopPulse::tick(SteadyTime due, SteadyTime now) {
  lag_.observe(std::max(0.0, std::chrono::duration<double>(now - due).count()));
  last_ = now;
}

LoopMonitor::LoopMonitor(Loops& loops, const Clock& clock, metrics::Registry& registry,
                         std::chrono::milliseconds interval)
    : loops_(loops), clock_(clock), interval_(interval) {
  for (std::size_t i = 0; i < loops.size(); ++i) {
    metrics::Histogram& lag =
        registry.histogram("telegnosis_loop_lag_seconds", "delay with which a loop's timer fires",
                           {{"loop", std::to_string(i)}}, metrics::kShortSeconds);
    pulses_.push_back(std::make_unique<LoopPulse>(lag, clock.steady()));
  }
}

void LoopMonitor::start() {
  for (std::size_t i = 0; i < pulses_.size(); ++i) {
    gate_.spawn(loops_.at(i).get_executor(), watch(i));
  }
}

void LoopMonitor::stop() {
  gate_.close();
  gate_.cancel();
  run_blocking(gate_.wait());
}

std::chrono::milliseconds LoopMonitor::stalled() const {
  std::chrono::nanoseconds longest(0);
  for (const auto& pulse : pulses_) longest = std::max(longest, pulse->silence(clock_.steady()));
  return std::chrono::duration_cast<std::chrono::milliseconds>(longest);
}

Task<void> LoopMonitor::watch(std::size_t loop) {
  Timer timer(co_await asio::this_coro::executor);
  while (true) {
    const SteadyTime due = clock_.steady() + interval_;
    timer.expires_after(interval_);
    co_await timer.async_wait(use_task);
    pulses_[loop]->tick(due, clock_.steady());
  }
}

}  // namespace tg
