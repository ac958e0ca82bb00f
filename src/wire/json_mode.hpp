// Test mode: wraps a service so that every call is converted to JSON and back, as over HTTP, but
// within the process. Finds what would not survive serialization. Thread-safe if `inner` is.
#pragma once

#include <memory>

namespace tg::wire {

// `inner` must outlive the returned service.
template <typename Service>
std::unique_ptr<Service> through_json(Service& inner);

}  // namespace tg::wire
