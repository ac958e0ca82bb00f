// Runs a call until it ends, its deadline passes or its client disconnects; in the latter cases it
// is cancelled and awaited. One timer per loop checks all running calls every few milliseconds, so
// that calls need no timers of their own. Not thread-safe: use from the call's event loop only.
#pragma once

#include "base/clock.hpp"
#include "net/http.hpp"
#include "wire/replies.hpp"

namespace tg::wire {

struct TimeLimit {
  SteadyTime until = SteadyTime::max();
  const Clock* clock = nullptr;
  net::ResponseWriter* client = nullptr;  // watched for disconnecting; may be null
  net::ResponseWriter::GoneWhen gone_when = net::ResponseWriter::GoneWhen::reset;
};

// The `reason` of the error of a call whose client disconnected.
inline constexpr std::string_view kClientGone = "client_gone";
std::unexpected<Error> deadline_passed();

Task<Result<Reply>> run_limited(Task<Result<Reply>> call, TimeLimit limit);

}  // namespace tg::wire
