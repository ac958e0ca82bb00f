// Runs a call until it ends, its deadline passes or its client leaves; then it is cancelled, and
// waited for. A loop's running calls are looked at every few milliseconds by one timer, so that a
// call needs none of its own. Used on the call's own loop.
#pragma once

#include "base/clock.hpp"
#include "net/http.hpp"
#include "wire/replies.hpp"

namespace tg::wire {

struct TimeLimit {
  SteadyTime until = SteadyTime::max();
  const Clock* clock = nullptr;
  net::ResponseWriter* client = nullptr;  // watched for leaving; may be null
  net::ResponseWriter::GoneWhen gone_when = net::ResponseWriter::GoneWhen::reset;
};

// Reason of the error of a call whose client left.
inline constexpr std::string_view kClientGone = "client_gone";
std::unexpected<Error> deadline_passed();

Task<Result<Reply>> run_limited(Task<Result<Reply>> call, TimeLimit limit);

}  // namespace tg::wire
