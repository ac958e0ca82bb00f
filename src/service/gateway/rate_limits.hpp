// Rate limits of the gateway: three windows over all requests of a caller, and further ones for
// expensive endpoints. A request is admitted, and counted in every window, only if every window has
// room. Per process. Thread-safe: callers are spread over shards, each with its own lock.
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

// A caller is "user:ID" or "address:192.0.2.1".
inline constexpr std::string_view kUserCaller = "user:";
inline constexpr std::string_view kAddressCaller = "address:";

struct RateDecision {
  RateAnswer answer;        // of the tightest window
  std::string_view policy;  // all windows that apply, in the form of RateLimit-Policy
};

class RateLimits {
 public:
  // A limit of 0 means no limit. At most about `addresses` addresses have a quota of their own; the
  // others share one. Users always have their own: their number is that of the accounts.
  RateLimits(const Clock& clock, const GatewaySettings& settings, std::size_t addresses = 200'000);
  RateLimits(const RateLimits&) = delete;
  RateLimits& operator=(const RateLimits&) = delete;

  // Decides without counting the request.
  RateDecision look(std::string_view caller, const api::Spec& spec);
  // Decides and, if admitted, counts the request.
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
    std::vector<std::pair<const Rules*, RateWindows>> own;  // of endpoints with limits of their own
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, Caller> users;      // guarded by mutex
    std::unordered_map<std::string, Caller> addresses;  // guarded by mutex; bounded
    std::size_t next_sweep = kFirstSweep;               // guarded by mutex
  };

  // For POST requests to `path`.
  void add_rules(std::string path, std::uint32_t per_minute, std::uint32_t per_hour);
  const Rules* rules_of(const api::Spec& spec) const;
  RateDecision decide(std::string_view caller, const api::Spec& spec, bool take);
  static RateWindows& own_windows(Caller& caller, const Rules* rules);
  Caller& caller_in(Shard& shard, std::string_view name, SteadyTime now);
  // Removes callers whose windows are all empty again.
  void sweep(Shard& shard, SteadyTime now) const;
  void sweep(std::unordered_map<std::string, Caller>& callers, SteadyTime now) const;
  std::string policy_of(const Rules* own) const;

  const Clock& clock_;
  const std::size_t addresses_per_shard_;
  Rules all_;
  std::vector<std::unique_ptr<Rules>> own_;
  std::unordered_map<const Rules*, std::string> policies_;  // null: no further limits
  std::array<Shard, kShards> shards_;
};

}  // namespace tg::gateway
