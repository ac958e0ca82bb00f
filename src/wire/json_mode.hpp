// A service whose every call goes through JSON as if the other end were far away, within this
// process: what a test runs the whole program with to find what would not survive the wire.
#pragma once

#include <memory>

namespace tg::wire {

// `inner` must outlive the answer.
template <typename Service>
std::unique_ptr<Service> through_json(Service& inner);

}  // namespace tg::wire
