#include "runtime/turns.hpp"

#include <optional>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/clock.hpp"

namespace tg {

struct Turns::Waiter {
  using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                           asio::wait_traits<std::chrono::steady_clock>, Executor>;
  explicit Waiter(const Executor& executor) : timer(executor, SteadyTime::max()) {}
  Timer timer;            // never fires: being cancelled wakes it
  bool has_turn = false;  // guarded by mutex_
};

// A place in the line. However its coroutine ends, it leaves the line, and a turn that it was given
// but did not take goes to the next.
class Turns::InLine {
 public:
  InLine(Turns& turns, Line::iterator place) : turns_(turns), place_(place), waiter_(*place) {}
  ~InLine() {
    const std::scoped_lock lock(turns_.mutex_);
    if (is_taken_) return;
    if (waiter_->has_turn) {
      turns_.pass_on();
    } else {
      turns_.line_.erase(place_);
    }
  }
  InLine(const InLine&) = delete;
  InLine& operator=(const InLine&) = delete;

  bool take() {
    const std::scoped_lock lock(turns_.mutex_);
    is_taken_ = waiter_->has_turn;
    return is_taken_;
  }

 private:
  Turns& turns_;
  const Line::iterator place_;  // in the line while the waiter has no turn
  const std::shared_ptr<Waiter> waiter_;
  bool is_taken_ = false;
};

Task<Result<Turns::Turn>> Turns::take() {
  const Executor executor = co_await asio::this_coro::executor;
  std::shared_ptr<Waiter> waiter;
  std::optional<InLine> place;
  {
    const std::scoped_lock lock(mutex_);
    if (free_ > 0) {
      --free_;
      ++taken_;
      co_return Turn(this);
    }
    if (line_.size() >= line_limit_) {
      ++refused_;
      co_return unavailable(name_, "too many wait already");
    }
    waiter = std::make_shared<Waiter>(executor);
    place.emplace(*this, line_.insert(line_.end(), waiter));
  }
  co_await waiter->timer.async_wait(asio::as_tuple(use_task));
  if (place->take()) co_return Turn(this);
  co_return unavailable(name_, "the wait was given up");
}

void Turns::give_back() {
  const std::scoped_lock lock(mutex_);
  pass_on();
}

void Turns::pass_on() {
  if (line_.empty()) {
    ++free_;
    --taken_;
    return;
  }
  const std::shared_ptr<Waiter> next = std::move(line_.front());
  line_.pop_front();
  next->has_turn = true;
  // On the waiter's own loop, where it is waiting by then or has gone; under the lock, which it
  // takes once more before it ends, so that its loop is still there.
  asio::post(next->timer.get_executor(), [next] { next->timer.cancel(); });
}

Turns::Statistics Turns::statistics() const {
  const std::scoped_lock lock(mutex_);
  return {.taken = taken_, .waiting = line_.size(), .refused = refused_};
}

metrics::Registry::Handle Turns::collect(metrics::Registry& registry) const {
  return registry.collect([this](metrics::Exposition& out) {
    const Statistics now = statistics();
    const std::string name = "telegnosis_" + name_;
    out.gauge(name + "_running", "those that have their turn", {}, static_cast<double>(now.taken));
    out.gauge(name + "_waiting", "those that wait for it", {}, static_cast<double>(now.waiting));
    out.counter(name + "_refused_total", "those that found the line full", {},
                static_cast<double>(now.refused));
  });
}

}  // namespace tg
