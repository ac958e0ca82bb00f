// Degraded modes: what a service goes on without. Each is a named decision, with a warning once, a
// counter, a place in /health and in the replies.
//
//   if (!vectors) degradation.enter("vector", "lexical search only: the vector service is down");
//   ...
//   degradation.leave("vector");                       // it answers again
//   reply.degraded = degradation.current();
//
// Thread-safe; leave() of a part that is well costs a lock and nothing else.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "runtime/metrics.hpp"

namespace tg {

class Degradation {
 public:
  struct Mode {
    std::string part;
    std::string reason;  // for people; safe to show
    UnixMillis since;
  };

  // `service` names the owner in metrics and log lines.
  Degradation(std::string service, const Clock& clock,
              metrics::Registry& registry = metrics::process_registry());

  // `part` comes from a small set: it is a label. Of several reasons the latest is shown. Returns
  // the time since which the part is missing.
  UnixMillis enter(std::string_view part, std::string_view reason);
  void leave(std::string_view part);
  bool is_degraded(std::string_view part) const;
  std::vector<Mode> current() const;  // by part

 private:
  struct State {
    Mode mode;
    std::uint64_t count = 0;  // enter() calls since `since`
  };
  metrics::Labels labels(std::string_view part) const;

  const std::string service_;
  const Clock& clock_;
  metrics::Registry& registry_;
  mutable std::mutex mutex_;
  std::map<std::string, State, std::less<>> states_;  // guarded by mutex_
};

}  // namespace tg
