// The key-value port in this process: the embedded twin of Redis. Keys are spread over shards, each
// with its own lock, held for a few map operations only. What has ended is dropped when it is met
// and by a sweep whenever a shard has doubled.
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
