// One health report over all services. They are queried concurrently, with a timeout of one second.
// Only one round of queries runs at a time, and its report is cached for a second, so frequent
// health checks put no load on the services and a hanging service delays nobody further.
//
//   PeerHealth health(clock, loops.next(), {{"auth", ask_auth}, {"vector", ask_vector}});
//   TG_CO_TRY(const api::Health report, co_await health.report(call));
//   ...
//   co_await health.stop();  // while the queried services still exist
//
// report() is thread-safe. A round runs on the executor's loop and does not end with its first
// caller.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "api/call.hpp"
#include "api/health_types.hpp"
#include "base/clock.hpp"
#include "runtime/degradation.hpp"
#include "runtime/gate.hpp"

namespace tg::gateway {

// A service whose health is reported.
struct PeerService {
  std::string name;
  std::function<Task<Result<api::Health>>(api::Call)> health;
  std::string url = {};  // empty: in this process
};

class PeerHealth {
 public:
  static constexpr std::chrono::milliseconds kFresh{1000};
  // While a round runs, callers get the previous report if it is younger than this, and otherwise
  // wait for the round.
  static constexpr std::chrono::milliseconds kUsable{5000};
  static constexpr std::chrono::milliseconds kAnswerTime{1000};

  PeerHealth(const Clock& clock, Executor executor, std::vector<PeerService> peers);

  Task<Result<api::Health>> report(api::Call call);
  // URLs of the services in other processes, by name.
  json::Object places() const;
  Task<void> stop();

 private:
  struct Round;
  struct Report {
    api::Health health;
    SteadyTime made;
  };
  using Known = std::shared_ptr<const Report>;

  Known known_or_begin(const api::Call& call);
  void end_round(Known report);
  Task<void> run_round(api::Call call);
  Task<void> ask(std::size_t i, api::Call call, std::shared_ptr<Round> round);
  api::Health report_of(Round& round);

  const Clock& clock_;
  const Executor executor_;
  const std::vector<PeerService> peers_;
  std::vector<bool> is_asked_;  // query pending; used on the executor's loop only
  Degradation degradation_;     // since when a service is not healthy
  std::mutex mutex_;
  Known last_;               // guarded by mutex_
  bool is_running_ = false;  // guarded by mutex_
  Notifier round_ended_;
  Gate gate_;
};

}  // namespace tg::gateway
