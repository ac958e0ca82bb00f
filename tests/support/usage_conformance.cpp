#include "tests/support/usage_conformance.hpp"

#include <map>
#include <mutex>

#include "base/ids.hpp"

namespace tg::testing {
namespace {

using std::chrono::hours;
using store::UsageEvent;
using store::UsageEvents;
using store::UsageQuery;
using store::UsageSums;

constexpr const char* kRange = "events from `from` on and before `until` are counted";
constexpr const char* kType = "only events of the type asked for are counted";
constexpr const char* kBuckets = "buckets begin at multiples of their length";
constexpr const char* kGroups = "groups are told apart, in order";
constexpr const char* kMeasures =
    "items are added up; mean and percentiles are those of the durations";
constexpr const char* kAgain = "appending an event again changes nothing";
constexpr const char* kCopies = "a copy opens with the same events";
constexpr const char* kSound = "check finds nothing wrong with sound events";
constexpr const char* kForgets = "forget_before removes what is older, and nothing else";

const UnixMillis kStart = from_millis(1'750'000'000'000);

UsageEvent event_at(hours after, double duration_ms = 10, std::string type = "query.processed",
                    std::string user = "ann") {
  return {.id = Uuid::random().text(),
          .at = kStart + after,
          .type = std::move(type),
          .user = std::move(user),
          .space = "default",
          .duration_ms = duration_ms,
          .items = 2};
}

UsageQuery whole() {
  return {.type = {}, .from = kStart, .until = kStart + hours(1000), .bucket = {}};
}

void append(UsageHarness& harness, std::vector<UsageEvent> batch, Findings& findings) {
  findings.done(run_blocking(harness.events().append(std::move(batch))), "append");
}

std::vector<UsageSums> sums(UsageHarness& harness, UsageQuery query, Findings& findings) {
  return findings.value(run_blocking(harness.events().sums(std::move(query))), "sums");
}

std::int64_t count(UsageHarness& harness, UsageQuery query, Findings& findings) {
  std::int64_t all = 0;
  for (const UsageSums& sum : sums(harness, std::move(query), findings)) all += sum.count;
  return all;
}

void range(UsageHarness& harness, Findings& findings) {
  append(harness, {event_at(hours(1)), event_at(hours(2)), event_at(hours(3))}, findings);
  UsageQuery query = whole();
  query.from = kStart + hours(1);
  query.until = kStart + hours(3);
  findings.expect(count(harness, query, findings) == 2, "not the two in the range");
  query.from = query.until = kStart + hours(2);
  findings.expect(sums(harness, query, findings).empty(), "an empty range has rows");
}

void type(UsageHarness& harness, Findings& findings) {
  append(harness, {event_at(hours(1)), event_at(hours(1), 5, "document.created")}, findings);
  UsageQuery query = whole();
  findings.expect(count(harness, query, findings) == 2, "no type does not mean every type");
  query.type = "document.created";
  findings.expect(count(harness, query, findings) == 1, "another type is counted");
}

void buckets(UsageHarness& harness, Findings& findings) {
  append(harness, {event_at(hours(1)), event_at(hours(30)), event_at(hours(31))}, findings);
  UsageQuery query = whole();
  query.bucket = hours(24);
  const auto found = sums(harness, query, findings);
  findings.expect(found.size() == 2 && found[0].count == 1 && found[1].count == 2,
                  "not one and two");
  for (const UsageSums& sum : found) {
    findings.expect(sum.from.time_since_epoch() % hours(24) == std::chrono::milliseconds(0),
                    "a bucket does not begin at a multiple");
  }
}

void groups(UsageHarness& harness, Findings& findings) {
  append(harness,
         {event_at(hours(1), 1, "query.processed", "bob"), event_at(hours(1)), event_at(hours(2))},
         findings);
  UsageQuery query = whole();
  query.group = UsageQuery::Group::user;
  const auto found = sums(harness, query, findings);
  findings.expect(found.size() == 2 && found[0].group == "ann" && found[0].count == 2 &&
                      found[1].group == "bob" && found[1].count == 1,
                  "not ann with two and bob with one");
}

void measures(UsageHarness& harness, Findings& findings) {
  std::vector<UsageEvent> batch;
  for (int i = 20; i >= 1; --i) batch.push_back(event_at(hours(1), i * i));
  append(harness, batch, findings);
  const auto found = sums(harness, whole(), findings);
  if (found.size() != 1) return findings.expect(false, "not one row");
  findings.expect(found[0].items == 40, "items are not added up");
  findings.expect(std::abs(found[0].mean_ms - 143.5) < 1e-6, "the mean is not 143.5");
  findings.expect(found[0].p50_ms == 100, "the median is not 100");
  findings.expect(found[0].p95_ms == 361, "the 95th percentile is not 361");
}

void again(UsageHarness& harness, Findings& findings) {
  const UsageEvent event = event_at(hours(1));
  append(harness, {event}, findings);
  append(harness, {event, event_at(hours(2))}, findings);
  findings.expect(count(harness, whole(), findings) == 2, "an event counts twice");
}

void forgets(UsageHarness& harness, Findings& findings) {
  append(harness, {event_at(hours(1)), event_at(hours(2)), event_at(hours(3))}, findings);
  const auto gone = run_blocking(harness.events().forget_before(kStart + hours(2)));
  findings.expect(findings.value(gone, "forget_before") == 1, "it does not tell that one went");
  findings.expect(count(harness, whole(), findings) == 2, "not the two newer ones are left");
}

void copies(UsageHarness& harness, Findings& findings) {
  append(harness, {event_at(hours(1)), event_at(hours(2))}, findings);
  const auto copy = harness.copy();
  append(harness, {event_at(hours(3))}, findings);
  if (!copy) return findings.expect(false, "no copy: " + copy.error().detail);
  if (*copy == nullptr) return;
  const auto found = findings.value(run_blocking((*copy)->sums(whole())), "sums of the copy");
  findings.expect(found.size() == 1 && found[0].count == 2, "the copy holds something else");
  findings.expect(findings.value(run_blocking((*copy)->check()), "check").empty(),
                  "the copy is not sound");
}

void sound(UsageHarness& harness, Findings& findings) {
  append(harness, {event_at(hours(1))}, findings);
  for (const std::string& problem : findings.value(run_blocking(harness.events().check()), "check"))
    findings.expect(false, "a false alarm: " + problem);
}

using Contents = std::map<std::string, UsageEvent>;
// The content of copies by file.
using Copies = std::map<std::string, Contents>;

class MemoryUsageEvents : public UsageEvents {
 public:
  MemoryUsageEvents() = default;
  MemoryUsageEvents(Contents events, Copies* copies)
      : copies_(copies), events_(std::move(events)) {}

  Task<Result<void>> append(std::vector<UsageEvent> batch) override {
    const std::scoped_lock lock(mutex_);
    for (UsageEvent& event : batch) events_.try_emplace(event.id, event);
    co_return Result<void>();
  }
  Task<Result<std::vector<UsageSums>>> sums(UsageQuery query) override {
    const std::scoped_lock lock(mutex_);
    std::map<std::pair<UnixMillis, std::string>, std::pair<std::vector<double>, std::int64_t>> all;
    for (const auto& [id, event] : events_) {
      if (event.at < query.from || event.at >= query.until) continue;
      if (query.type && event.type != *query.type) continue;
      const std::string group = query.group == UsageQuery::Group::none   ? ""
                                : query.group == UsageQuery::Group::type ? event.type
                                : query.group == UsageQuery::Group::user ? event.user
                                                                         : event.space;
      auto& [durations, items] = all[{store::bucket_of(query, event.at), group}];
      durations.push_back(event.duration_ms);
      items += event.items;
    }
    std::vector<UsageSums> sums;
    for (auto& [key, part] : all)
      sums.push_back(store::sum_up(key.first, key.second, part.first, part.second));
    co_return sums;
  }
  Task<Result<std::int64_t>> forget_before(UnixMillis time) override {
    const std::scoped_lock lock(mutex_);
    co_return static_cast<std::int64_t>(
        std::erase_if(events_, [time](const auto& e) { return e.second.at < time; }));
  }
  Task<Result<std::vector<std::string>>> check() override { co_return std::vector<std::string>(); }
  Task<Result<void>> copy_to(std::string file) override {
    const std::scoped_lock lock(mutex_);
    if (copies_ != nullptr) (*copies_)[file] = events_;
    co_return Result<void>();
  }

 private:
  Copies* copies_ = nullptr;  // may be null
  std::mutex mutex_;
  Contents events_;  // guarded by mutex_
};

class BrokenUsageEvents final : public UsageEvents {
 public:
  BrokenUsageEvents(MemoryUsageEvents& good, std::string rule)
      : good_(good), rule_(std::move(rule)) {}
  Task<Result<void>> append(std::vector<UsageEvent> batch) override {
    for (UsageEvent& event : batch) {
      if (breaks(kAgain)) event.id = Uuid::random().text();
    }
    co_return co_await good_.append(std::move(batch));
  }
  Task<Result<std::vector<UsageSums>>> sums(UsageQuery query) override {
    if (breaks(kRange)) query.until += std::chrono::milliseconds(1);
    if (breaks(kType)) query.type.reset();
    if (breaks(kGroups)) query.group = UsageQuery::Group::none;
    auto sums = co_await good_.sums(query);
    for (UsageSums& sum : *sums) {
      if (breaks(kMeasures)) sum.p95_ms = sum.mean_ms;
      if (breaks(kBuckets)) sum.from += hours(1);
    }
    co_return sums;
  }
  Task<Result<std::int64_t>> forget_before(UnixMillis time) override {
    if (breaks(kForgets)) time += std::chrono::milliseconds(1);
    co_return co_await good_.forget_before(time);
  }
  Task<Result<std::vector<std::string>>> check() override {
    if (breaks(kSound)) co_return std::vector<std::string>{"it looks odd"};
    co_return co_await good_.check();
  }
  Task<Result<void>> copy_to(std::string file) override {
    if (breaks(kCopies)) co_return Result<void>();
    co_return co_await good_.copy_to(std::move(file));
  }

 private:
  bool breaks(const char* rule) const { return rule_ == rule; }

  MemoryUsageEvents& good_;
  const std::string rule_;
};

class MemoryHarness final : public UsageHarness {
 public:
  explicit MemoryHarness(const std::string& broken_rule = {}) {
    if (!broken_rule.empty()) broken_ = std::make_unique<BrokenUsageEvents>(memory_, broken_rule);
  }
  UsageEvents& events() override { return broken_ ? static_cast<UsageEvents&>(*broken_) : memory_; }
  Result<std::unique_ptr<UsageEvents>> copy() override {
    TG_TRY_VOID(run_blocking(events().copy_to("copy")));
    return std::make_unique<MemoryUsageEvents>(copies_["copy"], nullptr);
  }

 private:
  Copies copies_;
  MemoryUsageEvents memory_{{}, &copies_};
  std::unique_ptr<BrokenUsageEvents> broken_;
};

}  // namespace

std::vector<Rule<UsageHarness>> usage_rules() {
  return {{kRange, range},     {kType, type},         {kBuckets, buckets},
          {kGroups, groups},   {kMeasures, measures}, {kAgain, again},
          {kForgets, forgets}, {kCopies, copies},     {kSound, sound}};
}

std::unique_ptr<UsageEvents> make_memory_usage_events() {
  return std::make_unique<MemoryUsageEvents>();
}

std::unique_ptr<UsageHarness> make_memory_usage_harness() {
  return std::make_unique<MemoryHarness>();
}

std::unique_ptr<UsageHarness> make_broken_usage_harness(std::string rule) {
  return std::make_unique<MemoryHarness>(rule);
}

}  // namespace tg::testing
