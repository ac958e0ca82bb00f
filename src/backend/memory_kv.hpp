// The key-value port in memory: the embedded counterpart of Redis. Keys are spread over shards,
// each with a lock that is held for a few map operations only. Expired entries are removed on
// access and by a sweep whenever a shard has doubled in size. Thread-safe.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "store/kv.hpp"

namespace tg::backend {

struct MemoryKvLimits {
  std::size_t entries = 1'000'000;
};

// `clock` must outlive the store.
std::unique_ptr<store::KeyValue> make_memory_kv(const Clock& clock, MemoryKvLimits limits = {});

}  // namespace tg::backend
