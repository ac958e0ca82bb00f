// Degraded modes: parts that a service currently works without. Each is logged once as a warning,
// counted, and reported in /health and in replies.
//
//   if (!vectors) degradation.enter("vector", "lexical search only: the vector service is down");
//   ...
//   degradation.leave("vector");                       // it responds again
//   reply.degraded = degradation.current();
//
// Thread-safe. leave() of a part that is not degraded only takes a lock.
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
    std::string reason;  // a sentence for users
    UnixMillis since;
  };

  // `service`: the owner's name in metrics and log lines.
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
