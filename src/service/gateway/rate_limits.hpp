// How often a caller may call: three windows over everything, and windows of their own for
// endpoints that cost more, all looked at together and, if all have room, all taken from. Per
// process. Thread-safe: callers are spread over shards with a lock each.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/endpoint.hpp"
#include "base/rate_windows.hpp"
#include "net/http.hpp"
#include "service/gateway/gateway_settings.hpp"

namespace tg::gateway {

struct RateDecision {
  RateAnswer answer;        // of the tightest window
  std::string_view policy;  // every window that applies, as RateLimit-Policy says it
};

class RateLimits {
 public:
  // A limit of 0 does not count. `callers` are counted apart; those beyond share a quota with
  // others of their kind.
  RateLimits(const Clock& clock, const GatewaySettings& settings, std::size_t callers = 200'000);
  RateLimits(const RateLimits&) = delete;
  RateLimits& operator=(const RateLimits&) = delete;

  // `caller`: whoever counts together, "user:ID" or "address:192.0.2.1".
  RateDecision look(std::string_view caller, const api::Spec& spec);
  // Looks and, if there is room everywhere, takes.
  RateDecision take(std::string_view caller, const api::Spec& spec);

  // RateLimit, RateLimit-Policy, X-RateLimit-*, and Retry-After if refused.
  static void write(const RateDecision& decision, net::Headers& headers);
  // 429 for a refusal.
  static std::unexpected<Error> refusal(const RateDecision& decision);

  std::size_t callers() const;

 private:
  static constexpr std::size_t kShards = 64;
  static constexpr std::size_t kFirstSweep = 256;

  struct Rules {
    std::string path;
    std::string prefix;  // of the names
    std::vector<std::string> names;
    std::vector<RateRule> rules;
  };
  struct Caller {
    RateWindows all;
    std::vector<std::pair<const Rules*, RateWindows>> own;  // of the endpoints it has called
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Caller> callers;  // guarded by mutex
    std::size_t next_sweep = kFirstSweep;             // guarded by mutex
  };

  // `path` is a POST's.
  void add_rules(std::string path, std::uint32_t per_minute, std::uint32_t per_hour);
  const Rules* rules_of(const api::Spec& spec) const;
  RateDecision decide(std::string_view caller, const api::Spec& spec, bool take);
  static RateWindows& own_windows(Caller& caller, const Rules* rules);
  Caller& caller_in(Shard& shard, std::string_view name, SteadyTime now);
  void sweep(Shard& shard, SteadyTime now) const;
  std::string policy_of(const Rules* own) const;

  const Clock& clock_;
  const std::size_t most_of_shard_;
  Rules all_;
  std::vector<std::unique_ptr<Rules>> own_;
  std::unordered_map<const Rules*, std::string> policies_;  // null: without own windows
  std::array<Shard, kShards> shards_;
};

}  // namespace tg::gateway
