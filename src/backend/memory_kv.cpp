#include "backend/memory_kv.hpp"

#include <array>
#include <limits>
#include <mutex>

#include <boost/unordered/unordered_flat_map.hpp>

#include "base/encoding.hpp"

namespace tg::backend {
namespace {

using store::Counter;
using store::Lifetime;

constexpr std::size_t kShards = 16;
constexpr std::size_t kFirstSweep = 64;

struct Entry {
  std::string value;
  SteadyTime ends = SteadyTime::max();
};

class Shard {
 public:
  // The live entry of a key, or null. Requires the shard's lock.
  Entry* find(const std::string& key, SteadyTime now) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    if (found->second.ends > now) return &found->second;
    entries_.erase(found);
    return nullptr;
  }

  Result<void> put(const std::string& key, Entry entry, SteadyTime now, std::size_t limit) {
    if (Entry* const old = find(key, now)) {
      *old = std::move(entry);
      return {};
    }
    if (entries_.size() >= std::min(next_sweep_, limit)) sweep(now);
    if (entries_.size() >= limit)
      return fail(Code::unavailable, "kv.full", "the key-value store is full");
    entries_.emplace(key, std::move(entry));
    return {};
  }

  bool erase(const std::string& key, SteadyTime now) {
    if (find(key, now) == nullptr) return false;
    entries_.erase(key);
    return true;
  }

  std::mutex mutex;

 private:
  void sweep(SteadyTime now) {
    boost::unordered::erase_if(entries_, [now](const auto& e) { return e.second.ends <= now; });
    next_sweep_ = std::max(kFirstSweep, entries_.size() * 2);
  }

  boost::unordered_flat_map<std::string, Entry> entries_;  // guarded by mutex
  std::size_t next_sweep_ = kFirstSweep;                   // guarded by mutex
};

class MemoryKv final : public store::KeyValue {
 public:
  MemoryKv(const Clock& clock, MemoryKvLimits limits)
      : clock_(clock), shard_limit_(std::max<std::size_t>(1, limits.entries / kShards)) {}

  Task<Result<std::optional<std::string>>> get(std::string key) override {
    TG_CO_TRY_VOID(store::check_key_value(key, {}));
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    const Entry* const entry = shard.find(key, clock_.steady());
    co_return entry == nullptr ? std::optional<std::string>() : std::optional(entry->value);
  }

  Task<Result<void>> set(std::string key, std::string value, Lifetime lifetime) override {
    TG_CO_TRY_VOID(store::check_key_value(key, value));
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    co_return put(shard, key, std::move(value), lifetime);
  }

  Task<Result<bool>> set_if_absent(std::string key, std::string value, Lifetime lifetime) override {
    TG_CO_TRY_VOID(store::check_key_value(key, value));
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    if (shard.find(key, clock_.steady()) != nullptr) co_return false;
    TG_CO_TRY_VOID(put(shard, key, std::move(value), lifetime));
    co_return true;
  }

  Task<Result<bool>> compare_and_set(std::string key, std::string expected, std::string value,
                                     Lifetime lifetime) override {
    TG_CO_TRY_VOID(store::check_key_value(key, value));
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    const Entry* const entry = shard.find(key, clock_.steady());
    if (entry == nullptr || entry->value != expected) co_return false;
    TG_CO_TRY_VOID(put(shard, key, std::move(value), lifetime));
    co_return true;
  }

  Task<Result<bool>> remove(std::string key) override {
    TG_CO_TRY_VOID(store::check_key_value(key, {}));
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    co_return shard.erase(key, clock_.steady());
  }

  Task<Result<Counter>> increment(std::string key, std::int64_t by, Lifetime lifetime) override {
    TG_CO_TRY_VOID(store::check_key_value(key, {}));
    Shard& shard = shard_of(key);
    const std::scoped_lock lock(shard.mutex);
    const SteadyTime now = clock_.steady();
    Entry* const entry = shard.find(key, now);
    if (entry == nullptr) {
      TG_CO_TRY_VOID(put(shard, key, std::to_string(by), lifetime));
      co_return Counter{by, lifetime};
    }
    TG_CO_TRY(std::int64_t number, store::parse_counter(entry->value));
    if (__builtin_add_overflow(number, by, &number))
      co_return fail(Code::conflict, "kv.overflow", "the counter would overflow");
    entry->value = std::to_string(number);
    Counter counter{number, std::nullopt};
    if (entry->ends != SteadyTime::max())
      counter.left = std::chrono::ceil<std::chrono::milliseconds>(entry->ends - now);
    co_return counter;
  }

 private:
  Shard& shard_of(const std::string& key) { return shards_[fast_hash(key) % kShards]; }

  Result<void> put(Shard& shard, const std::string& key, std::string value, Lifetime lifetime) {
    const SteadyTime now = clock_.steady();
    return shard.put(key, {std::move(value), lifetime ? now + *lifetime : SteadyTime::max()}, now,
                     shard_limit_);
  }

  const Clock& clock_;
  const std::size_t shard_limit_;
  std::array<Shard, kShards> shards_;
};

}  // namespace

std::unique_ptr<store::KeyValue> make_memory_kv(const Clock& clock, MemoryKvLimits limits) {
  return std::make_unique<MemoryKv>(clock, limits);
}

}  // namespace tg::backend
