// How the other services are, in one report. All are asked at the same time and have a second to
// answer; one round of questions runs at a time, and its report is good for a second. So many who
// ask cost the services nothing, and one that hangs makes nobody wait for longer.
//
//   PeerHealth health(clock, loops.next(), {{"auth", ask_auth}, {"vector", ask_vector}});
//   TG_CO_TRY(const api::Health report, co_await health.report(call));
//   ...
//   co_await health.stop();  // while the services that it asks are still there
//
// report() is thread-safe. The rounds run on the executor's loop, and outlive who began them.
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

// Asks one service for its health.
struct PeerService {
  std::string name;
  std::function<Task<Result<api::Health>>(api::Call)> health;
  std::string url = {};  // empty: it is in this process
};

class PeerHealth {
 public:
  static constexpr std::chrono::milliseconds kFresh{1000};
  // Who comes while a round runs is given the last report if it is younger than this, and waits for
  // the round otherwise.
  static constexpr std::chrono::milliseconds kUsable{5000};
  static constexpr std::chrono::milliseconds kAnswerTime{1000};

  PeerHealth(const Clock& clock, Executor executor, std::vector<PeerService> peers);

  Task<Result<api::Health>> report(api::Call call);
  // The addresses of those in other processes, by name.
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
  std::vector<bool> is_asked_;  // and has not answered yet; used on the executor's loop alone
  Degradation degradation_;     // since when one does not answer, or not as it should
  std::mutex mutex_;
  Known last_;               // guarded by mutex_
  bool is_running_ = false;  // guarded by mutex_
  Notifier round_ended_;
  Gate gate_;
};

}  // namespace tg::gateway
