#include "service/gateway/rate_limits.hpp"

#include <fmt/core.h>

#include "base/encoding.hpp"

namespace tg::gateway {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

// The answer that refuses or, if none does, the one with less left.
RateAnswer tighter(const RateAnswer& a, const RateAnswer& b) {
  if (a.rule == nullptr || b.rule == nullptr) return a.rule == nullptr ? b : a;
  if (a.admitted != b.admitted) return a.admitted ? b : a;
  if (!a.admitted) return a.reset >= b.reset ? a : b;
  return a.remaining <= b.remaining ? a : b;
}

}  // namespace

RateLimits::RateLimits(const Clock& clock, const GatewaySettings& settings, std::size_t addresses)
    : clock_(clock), addresses_per_shard_(std::max<std::size_t>(addresses / kShards, 1)) {
  all_.rules = {{"minute", settings.rate_limit_per_minute, minutes(1)},
                {"hour", settings.rate_limit_per_hour, hours(1)},
                {"day", settings.rate_limit_per_day, hours(24)}};
  add_rules("/generate", settings.rate_limit_generate_per_minute,
            settings.rate_limit_generate_per_hour);
  add_rules("/query", settings.rate_limit_query_per_minute, settings.rate_limit_query_per_hour);
  add_rules("/documents/upload", settings.rate_limit_upload_per_minute,
            settings.rate_limit_upload_per_hour);
  add_rules("/auth/login", settings.rate_limit_login_per_minute,
            settings.rate_limit_login_per_hour);
  policies_[nullptr] = policy_of(nullptr);
  for (const auto& rules : own_) policies_[rules.get()] = policy_of(rules.get());
}

// "/documents/upload" has the windows "upload-minute" and "upload-hour".
void RateLimits::add_rules(std::string path, std::uint32_t per_minute, std::uint32_t per_hour) {
  auto rules = std::make_unique<Rules>();
  const std::string word = path.substr(path.rfind('/') + 1);
  rules->path = std::move(path);
  rules->names = {word + "-minute", word + "-hour"};
  rules->rules = {{rules->names[0], per_minute, minutes(1)}, {rules->names[1], per_hour, hours(1)}};
  own_.push_back(std::move(rules));
}

std::string RateLimits::policy_of(const Rules* own) const {
  std::string policy;
  for (const Rules* rules : {&all_, own}) {
    if (rules == nullptr) continue;
    for (const RateRule& rule : rules->rules) {
      if (rule.limit == 0) continue;
      policy += fmt::format("{}\"{}\";q={};w={}", policy.empty() ? "" : ", ", rule.name, rule.limit,
                            rule.length.count());
    }
  }
  return policy;
}

const RateLimits::Rules* RateLimits::rules_of(const api::Spec& spec) const {
  if (spec.method != api::Method::post) return nullptr;
  for (const auto& rules : own_) {
    if (rules->path == spec.path) return rules.get();
  }
  return nullptr;
}

RateDecision RateLimits::look(std::string_view caller, const api::Spec& spec) {
  return decide(caller, spec, false);
}

RateDecision RateLimits::take(std::string_view caller, const api::Spec& spec) {
  return decide(caller, spec, true);
}

RateDecision RateLimits::decide(std::string_view name, const api::Spec& spec, bool take) {
  const SteadyTime now = clock_.steady();
  const Rules* const own_rules = rules_of(spec);
  Shard& shard = shards_[fast_hash(name) % kShards];
  const std::scoped_lock lock(shard.mutex);
  Caller& caller = caller_in(shard, name, now);
  RateWindows* const own = own_rules == nullptr ? nullptr : &own_windows(caller, own_rules);
  const auto tightest = [&] {
    const RateAnswer all = caller.all.look(all_.rules, now);
    return own == nullptr ? all : tighter(own->look(own_rules->rules, now), all);
  };
  RateAnswer answer = tightest();
  if (answer.admitted && take) {
    caller.all.take(all_.rules, now);
    if (own != nullptr) own->take(own_rules->rules, now);
    answer = tightest();
    answer.admitted = true;  // this request is; tightest() speaks of the next one
  }
  return {.answer = answer, .policy = policies_.at(own_rules)};
}

RateWindows& RateLimits::own_windows(Caller& caller, const Rules* rules) {
  for (auto& [known, windows] : caller.own) {
    if (known == rules) return windows;
  }
  return caller.own.emplace_back(rules, RateWindows()).second;
}

RateLimits::Caller& RateLimits::caller_in(Shard& shard, std::string_view name, SteadyTime now) {
  const bool is_user = name.starts_with(kUserCaller);
  auto& callers = is_user ? shard.users : shard.addresses;
  std::string key(name);
  if (const auto found = callers.find(key); found != callers.end()) return found->second;
  if (shard.users.size() + shard.addresses.size() >= shard.next_sweep) sweep(shard, now);
  // Anyone can send from many addresses: beyond the bound, new ones share a single quota.
  if (!is_user && callers.size() >= addresses_per_shard_) key = "others";
  return callers[key];
}

void RateLimits::sweep(Shard& shard, SteadyTime now) const {
  sweep(shard.users, now);
  sweep(shard.addresses, now);
  shard.next_sweep = std::max(kFirstSweep, (shard.users.size() + shard.addresses.size()) * 2);
}

void RateLimits::sweep(std::unordered_map<std::string, Caller>& callers, SteadyTime now) const {
  for (auto entry = callers.begin(); entry != callers.end();) {
    Caller& caller = entry->second;
    std::erase_if(caller.own,
                  [now](auto& own) { return own.second.is_idle(own.first->rules, now); });
    const bool is_idle = caller.own.empty() && caller.all.is_idle(all_.rules, now);
    entry = is_idle ? callers.erase(entry) : std::next(entry);
  }
}

std::size_t RateLimits::callers() const {
  std::size_t count = 0;
  for (const Shard& shard : shards_) {
    const std::scoped_lock lock(shard.mutex);
    count += shard.users.size() + shard.addresses.size();
  }
  return count;
}

void RateLimits::write(const RateDecision& decision, net::Headers& headers) {
  const RateAnswer& answer = decision.answer;
  if (answer.rule == nullptr) return;
  headers.set("RateLimit-Policy", std::string(decision.policy));
  headers.set("RateLimit", fmt::format("\"{}\";r={};t={}", answer.rule->name, answer.remaining,
                                       answer.reset.count()));
  headers.set("X-RateLimit-Limit", std::to_string(answer.rule->limit));
  headers.set("X-RateLimit-Remaining", std::to_string(answer.remaining));
  headers.set("X-RateLimit-Reset", std::to_string(answer.reset.count()));
  if (!answer.admitted) headers.set("Retry-After", std::to_string(answer.reset.count()));
}

std::unexpected<Error> RateLimits::refusal(const RateDecision& decision) {
  auto refused = fail(Code::rate_limited, "rate_limited",
                      fmt::format("more than {} requests in the window \"{}\"; try again in {} s",
                                  decision.answer.rule->limit, decision.answer.rule->name,
                                  decision.answer.reset.count()));
  refused.error().retry_after = decision.answer.reset;
  return refused;
}

}  // namespace tg::gateway
