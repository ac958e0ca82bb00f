#include "service/gateway/peer_health.hpp"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

#include "api/health_report.hpp"

namespace tg::gateway {
namespace {

// Interval at which a waiting round reads the clock, which may be a fake one.
constexpr std::chrono::milliseconds kLook{50};

Error silent(std::string_view service) {
  return fail(Code::gateway_timeout, fmt::format("deadline.{}", service),
              fmt::format("the {} service's health check timed out", service))
      .error();
}

// Runs an action at the end of a coroutine, also if it is cancelled.
template <typename Action>
class AtEnd {
 public:
  explicit AtEnd(Action action) : action_(std::move(action)) {}
  ~AtEnd() { action_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  Action action_;
};

}  // namespace

// Shared by a round and its queries, which may outlive it.
struct PeerHealth::Round {
  std::vector<std::optional<Result<api::Health>>> answers;
  std::size_t open = 0;
  Notifier all_answered;
};

PeerHealth::PeerHealth(const Clock& clock, Executor executor, std::vector<PeerService> peers)
    : clock_(clock),
      executor_(executor),
      peers_(std::move(peers)),
      is_asked_(peers_.size(), false),
      degradation_("gateway", clock) {}

Task<Result<api::Health>> PeerHealth::report(api::Call call) {
  // Read before checking for a report, so that the end of a round in between is not missed.
  const std::uint64_t seen = round_ended_.version();
  if (const Known known = known_or_begin(call)) co_return known->health;
  while (round_ended_.version() == seen) co_await round_ended_.wait_after(seen, kAnswerTime);
  const std::scoped_lock lock(mutex_);
  if (!last_) co_return unavailable("gateway", "the service is stopping");
  co_return last_->health;
}

PeerHealth::Known PeerHealth::known_or_begin(const api::Call& call) {
  {
    const std::scoped_lock lock(mutex_);
    const SteadyTime now = clock_.steady();
    const auto limit = is_running_ ? kUsable : kFresh;
    if (last_ && now - last_->made < limit) return last_;
    if (is_running_) return nullptr;
    is_running_ = true;
  }
  // The report is shared: only the trace of the caller that started the round goes along.
  api::Call own{.request_id = call.request_id,
                .traceparent = call.traceparent,
                .tracestate = call.tracestate};
  if (!gate_.spawn(executor_, run_round(std::move(own)))) end_round(nullptr);
  return nullptr;
}

void PeerHealth::end_round(Known report) {
  {
    const std::scoped_lock lock(mutex_);
    is_running_ = false;
    if (report) last_ = std::move(report);
  }
  round_ended_.notify();
}

Task<void> PeerHealth::run_round(api::Call call) {
  Known report;
  const AtEnd end([this, &report] { end_round(std::move(report)); });
  call.deadline = clock_.steady() + kAnswerTime;
  const auto round = std::make_shared<Round>();
  round->answers.resize(peers_.size());
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    // Queries to a hanging service must not pile up.
    if (is_asked_[i]) continue;
    is_asked_[i] = true;
    ++round->open;
    if (!gate_.spawn(executor_, ask(i, call, round))) co_return;
  }
  while (round->open > 0 && clock_.steady() < call.deadline)
    co_await round->all_answered.wait_after(round->all_answered.version(), kLook);
  report = std::make_shared<const Report>(report_of(*round), clock_.steady());
}

Task<void> PeerHealth::ask(std::size_t i, api::Call call, std::shared_ptr<Round> round) {
  const AtEnd end([this, i, &round] {
    is_asked_[i] = false;
    if (--round->open == 0) round->all_answered.notify();
  });
  round->answers[i] = co_await peers_[i].health(std::move(call));
}

api::Health PeerHealth::report_of(Round& round) {
  api::HealthReport report("gateway", clock_);
  json::Object services;
  for (std::size_t i = 0; i < peers_.size(); ++i) {
    const std::string& name = peers_[i].name;
    if (!round.answers[i]) round.answers[i] = std::unexpected(silent(name));
    const Result<api::Health>& theirs = *round.answers[i];
    const auto status = theirs ? theirs->status : api::HealthStatus::unhealthy;
    services[name] = json::enum_word(status);
    if (status == api::HealthStatus::degraded) {
      degradation_.enter(name, "see the health of the service itself");
    } else {
      report.uses(name, api::answer_of(theirs), degradation_);
    }
  }
  return report.degraded(degradation_).tell("services", services).make();
}

json::Object PeerHealth::places() const {
  json::Object places;
  for (const PeerService& peer : peers_) {
    if (!peer.url.empty()) places[peer.name] = peer.url;
  }
  return places;
}

Task<void> PeerHealth::stop() {
  gate_.close();
  gate_.cancel();
  co_await gate_.wait();
}

}  // namespace tg::gateway
