#include "wire/time_limit.hpp"

#include <list>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/execution_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/system/system_error.hpp>

namespace tg::wire {
namespace {

constexpr std::chrono::milliseconds kTick{10};

using Timer = asio::basic_waitable_timer<std::chrono::steady_clock,
                                         asio::wait_traits<std::chrono::steady_clock>, Executor>;

struct Running : std::enable_shared_from_this<Running> {
  explicit Running(TimeLimit with) : limit(with) {}

  // The client is watched only if the call outlasts the first tick.
  void look() {
    if (!is_watched && limit.client != nullptr) {
      is_watched = true;
      limit.client->watch_client(
          [self = weak_from_this()] {
            if (const auto running = self.lock()) running->end(running->client_gone);
          },
          limit.gone_when);
    }
    if (limit.until <= limit.clock->steady()) end(is_late);
  }
  void end(bool& why) {
    if (is_late || client_gone) return;
    why = true;
    signal.emit(asio::cancellation_type::all);
  }

  const TimeLimit limit;
  asio::cancellation_signal signal;
  bool is_watched = false;
  bool is_late = false;
  bool client_gone = false;
};

// One per loop, found through its io_context. Idle while no call runs.
class Ticker final : public asio::execution_context::service {
 public:
  static inline asio::execution_context::id id;

  explicit Ticker(asio::execution_context& context)
      : asio::execution_context::service(context),
        timer_(static_cast<asio::io_context&>(context).get_executor()) {}

  using Place = std::list<Running*>::iterator;
  Place add(Running& running) {
    calls_.push_front(&running);
    if (!is_ticking_) tick_later();
    return calls_.begin();
  }
  void remove(Place place) { calls_.erase(place); }

 private:
  void shutdown() override { timer_.cancel(); }

  void tick_later() {
    is_ticking_ = true;
    timer_.expires_after(kTick);
    timer_.async_wait([this](boost::system::error_code error) {
      if (!error) tick();
    });
  }
  void tick() {
    // Ending a call may remove it and others from the list.
    std::vector<std::shared_ptr<Running>> calls;
    calls.reserve(calls_.size());
    for (Running* running : calls_) calls.push_back(running->shared_from_this());
    for (const auto& running : calls) running->look();
    is_ticking_ = false;
    if (!calls_.empty()) tick_later();
  }

  std::list<Running*> calls_;
  Timer timer_;
  bool is_ticking_ = false;
};

class OnTicker {
 public:
  OnTicker(Ticker& ticker, Running& running) : ticker_(ticker), place_(ticker.add(running)) {}
  ~OnTicker() { ticker_.remove(place_); }
  OnTicker(const OnTicker&) = delete;
  OnTicker& operator=(const OnTicker&) = delete;

 private:
  Ticker& ticker_;
  Ticker::Place place_;
};

// Forwards cancellation of the caller during its lifetime.
class HandOn {
 public:
  HandOn(asio::cancellation_slot outer, std::shared_ptr<Running> running) : outer_(outer) {
    if (!outer_.is_connected()) return;
    outer_.assign([running = std::move(running)](asio::cancellation_type type) {
      running->signal.emit(type);
    });
  }
  ~HandOn() {
    if (outer_.is_connected()) outer_.clear();
  }
  HandOn(const HandOn&) = delete;
  HandOn& operator=(const HandOn&) = delete;

 private:
  asio::cancellation_slot outer_;
};

}  // namespace

std::unexpected<Error> deadline_passed() {
  return fail(Code::gateway_timeout, "deadline", "the request's deadline passed");
}

Task<Result<Reply>> run_limited(Task<Result<Reply>> call, TimeLimit limit) {
  const Executor executor = co_await asio::this_coro::executor;
  const auto outer = co_await asio::this_coro::cancellation_state;
  const auto running = std::make_shared<Running>(limit);
  const OnTicker on_ticker(asio::use_service<Ticker>(executor.context()), *running);
  const HandOn hand_on(outer.slot(), running);
  try {
    Result<Reply> reply = co_await asio::co_spawn(
        executor, std::move(call), asio::bind_cancellation_slot(running->signal.slot(), use_task));
    // A cancelled call may have returned an error; a reply that arrived nevertheless counts.
    if (reply || !(running->is_late || running->client_gone)) co_return reply;
  } catch (const boost::system::system_error& error) {
    if (error.code() != asio::error::operation_aborted ||
        !(running->is_late || running->client_gone))
      throw;
  }
  if (running->is_late) co_return deadline_passed();
  co_return fail(Code::request_timeout, std::string(kClientGone), "the client disconnected");
}

}  // namespace tg::wire
