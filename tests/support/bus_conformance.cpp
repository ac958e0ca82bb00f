#include "tests/support/bus_conformance.hpp"

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/ids.hpp"
#include "runtime/notifier.hpp"

namespace tg::testing {
namespace {

using sql::Connection;
using std::chrono::milliseconds;
using store::Bus;
using store::Event;
using store::TakeEvents;
using store::TakenEvent;

constexpr const char* kWhole = "a committed event is taken with all its fields";
constexpr const char* kRolledBack = "an event of a transaction that was rolled back never is";
constexpr const char* kHidden = "what is taken is hidden while its lease lasts";
constexpr const char* kComesAgain = "what is not acknowledged comes again, and says so";
constexpr const char* kGone = "what is acknowledged does not come again";
constexpr const char* kState = "acknowledging a later event leaves an earlier one";
constexpr const char* kOrder = "events of one key come in order";
constexpr const char* kWaits = "an event waits while an earlier one of its key is being worked on";
constexpr const char* kTopics = "topics are apart";
constexpr const char* kLimit = "no more events come than asked for";
constexpr const char* kPoll = "a waiting take is answered by an append";
constexpr const char* kFresh = "an acknowledgement that comes again reaches no later event";
constexpr const char* kPending = "pending counts what is not acknowledged";

constexpr milliseconds kLease{1000};

Event event_of(const std::string& key, const std::string& payload,
               const std::string& topic = "posts") {
  return {.id = Uuid::random().text(),
          .topic = topic,
          .key = key,
          .type = "post.stored",
          .payload = payload};
}

void append(BusHarness& harness, const std::vector<Event>& events, Findings& findings) {
  findings.done(run_blocking(sql::write<void>(harness.database(),
                                              [&](Connection& c) -> Result<void> {
                                                for (const Event& event : events)
                                                  TG_CHECK(harness.bus().append(c, event));
                                                return {};
                                              })),
                "append");
  harness.bus().wake();
}

std::vector<TakenEvent> take(BusHarness& harness, Findings& findings, std::size_t limit = 100,
                             const std::string& topic = "posts") {
  return findings.value(
      run_blocking(harness.bus().take({.topic = topic, .limit = limit, .lease = kLease})), "take");
}

void acknowledge(BusHarness& harness, const TakenEvent& event, Findings& findings) {
  findings.done(run_blocking(harness.bus().acknowledge(event.event.topic, {event.place})),
                "acknowledge");
}

std::string payloads(const std::vector<TakenEvent>& events) {
  std::string all;
  for (const TakenEvent& event : events) all += event.event.payload + " ";
  return all;
}

void whole(BusHarness& harness, Findings& findings) {
  const Event event = event_of("key 'quoted'", std::string("text \xd0\xb6 {\"a\":1}"));
  append(harness, {event}, findings);
  const auto taken = take(harness, findings);
  findings.expect(taken.size() == 1 && taken[0].event == event, "another event came");
  findings.expect(taken.size() == 1 && taken[0].attempt == 1, "the first attempt is not 1");
}

void rolled_back(BusHarness& harness, Findings& findings) {
  static_cast<void>(
      run_blocking(sql::write<void>(harness.database(), [&](Connection& c) -> Result<void> {
        TG_CHECK(harness.bus().append(c, event_of("a", "never")));
        return internal("the business went wrong");
      })));
  harness.bus().wake();
  findings.expect(take(harness, findings).empty(), "an event came of nothing");
}

void hidden(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("b", "2")}, findings);
  findings.expect(take(harness, findings).size() == 2, "not both came");
  findings.expect(take(harness, findings).empty(), "they came twice at once");
  harness.pass(kLease / 2);
  findings.expect(take(harness, findings).empty(), "they came again within the lease");
}

void comes_again(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1")}, findings);
  for (std::int64_t attempt = 1; attempt <= 3; ++attempt) {
    const auto taken = take(harness, findings);
    findings.expect(taken.size() == 1, fmt::format("attempt {} did not come", attempt));
    findings.expect(taken.empty() || taken[0].attempt == attempt, "the attempt is not counted");
    harness.pass(kLease * 2);
  }
}

void gone(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1")}, findings);
  for (const TakenEvent& event : take(harness, findings)) {
    acknowledge(harness, event, findings);
    acknowledge(harness, event, findings);  // again changes nothing
  }
  harness.pass(kLease * 2);
  findings.expect(take(harness, findings).empty(), "it came again");
}

void state(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("b", "2"), event_of("c", "3")}, findings);
  const auto taken = take(harness, findings);
  if (taken.size() != 3) return findings.expect(false, "not all came");
  acknowledge(harness, taken[2], findings);
  harness.pass(kLease * 2);
  findings.expect(payloads(take(harness, findings)) == "1 2 ", "not just the earlier two came");
}

void order(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("a", "2")}, findings);
  append(harness, {event_of("a", "3")}, findings);
  findings.expect(payloads(take(harness, findings)) == "1 2 3 ", "the order is another one");
  harness.pass(kLease * 2);
  findings.expect(payloads(take(harness, findings)) == "1 2 3 ", "the second time it is");
}

void waits(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1")}, findings);
  const auto first = take(harness, findings);
  append(harness, {event_of("a", "2"), event_of("b", "3")}, findings);
  findings.expect(payloads(take(harness, findings)) == "3 ", "it did not wait, or others did");
  if (first.size() != 1) return findings.expect(false, "the first did not come");
  acknowledge(harness, first[0], findings);
  findings.expect(payloads(take(harness, findings)) == "2 ", "it waits for ever");
}

void topics(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1", "posts"), event_of("a", "2", "documents")}, findings);
  const auto posts = take(harness, findings);
  findings.expect(payloads(posts) == "1 ", "another topic's events came");
  for (const TakenEvent& event : posts) acknowledge(harness, event, findings);
  findings.expect(payloads(take(harness, findings, 100, "documents")) == "2 ",
                  "the other topic lost its event");
}

void limit(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("b", "2"), event_of("c", "3")}, findings);
  findings.expect(payloads(take(harness, findings, 2)) == "1 2 ", "not the first two came");
  findings.expect(payloads(take(harness, findings, 2)) == "3 ", "not the third came");
}

// Whichever comes first, look or append, the event must come; so often that both happen.
void poll(BusHarness& harness, Findings& findings) {
  for (int round = 0; round < 10; ++round) {
    std::vector<TakenEvent> taken;
    std::atomic<bool> started = false;
    std::thread waiting([&] {
      started = true;
      started.notify_one();
      taken = run_blocking(harness.bus().take({.topic = "posts",
                                               .limit = 10,
                                               .wait = std::chrono::seconds(20),
                                               .lease = kLease}))
                  .value_or(std::vector<TakenEvent>());
    });
    started.wait(false);
    for (int i = 0; i < 5; ++i) static_cast<void>(run_blocking(harness.bus().pending("posts")));
    append(harness, {event_of("a", "1")}, findings);
    waiting.join();
    findings.expect(payloads(taken) == "1 ", "it ended without the event");
    if (taken.size() != 1) return;
    acknowledge(harness, taken[0], findings);
  }
}

void fresh(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1")}, findings);
  const auto first = take(harness, findings);
  if (first.size() != 1) return findings.expect(false, "the first did not come");
  acknowledge(harness, first[0], findings);
  append(harness, {event_of("a", "2")}, findings);
  acknowledge(harness, first[0], findings);
  findings.expect(payloads(take(harness, findings)) == "2 ", "the later event is gone");
}

void pending(BusHarness& harness, Findings& findings) {
  const auto count = [&] {
    return findings.value(run_blocking(harness.bus().pending("posts")), "pending");
  };
  append(harness, {event_of("a", "1"), event_of("b", "2")}, findings);
  findings.expect(count() == 2, "appended ones are not counted");
  const auto taken = take(harness, findings);
  findings.expect(count() == 2, "taken ones are not counted");
  if (!taken.empty()) acknowledge(harness, taken[0], findings);
  findings.expect(count() == 1, "an acknowledged one is counted");
}

// Reads all of the outbox every time and decides in plain code.
class PlainBus : public Bus {
 public:
  PlainBus(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<void> append(Connection& c, const Event& event) override {
    TG_CHECK(
        c.run("INSERT INTO outbox_events (event_id, topic, key, type, payload) VALUES ($1, "
              "$2, $3, $4, $5)",
              {event.id, event.topic, event.key, event.type, event.payload}));
    return {};
  }
  void wake() override { changed_.notify(); }
  Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) override {
    const SteadyTime until = clock_.steady() + request.wait;
    while (true) {
      const std::uint64_t seen = changed_.version();
      TG_CO_TRY(auto taken,
                co_await sql::write<std::vector<TakenEvent>>(
                    database_, [this, request](Connection& c) { return choose(c, request); }));
      if (!taken.empty() || clock_.steady() >= until) co_return taken;
      co_await changed_.wait_after(seen, milliseconds(1000));
    }
  }
  Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) override {
    co_return co_await sql::write<void>(database_, [=](Connection& c) -> Result<void> {
      for (const std::int64_t place : places)
        TG_CHECK(
            c.run("DELETE FROM outbox_events WHERE topic = $1 AND place = $2", {topic, place}));
      return {};
    });
  }
  Task<Result<std::int64_t>> pending(std::string topic) override {
    co_return co_await sql::read<std::int64_t>(
        database_, [topic](Connection& c) -> Result<std::int64_t> {
          TG_TRY(const auto rows,
                 c.run("SELECT place FROM outbox_events WHERE topic = $1", {topic}));
          return static_cast<std::int64_t>(rows.size());
        });
  }

 private:
  Result<std::vector<TakenEvent>> choose(Connection& c, const TakeEvents& request) const {
    const std::int64_t now = clock_.wall().time_since_epoch().count();
    TG_TRY(const auto rows, c.run("SELECT place, event_id, topic, key, type, payload, attempts, "
                                  "leased_until_ms FROM outbox_events ORDER BY place"));
    std::vector<TakenEvent> taken;
    std::set<std::string> busy;
    for (const sql::Row& row : rows) {
      if (row.text(2) != request.topic || taken.size() == request.limit) continue;
      if (row.integer(7) > now) busy.insert(row.text(3));
      if (busy.contains(row.text(3))) continue;
      taken.push_back({row.integer(0),
                       row.integer(6) + 1,
                       {row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)}});
      TG_CHECK(
          c.run("UPDATE outbox_events SET attempts = $2, leased_until_ms = $3 WHERE place = $1",
                {row.integer(0), taken.back().attempt, now + request.lease.count()}));
    }
    return taken;
  }

  sql::Database& database_;
  const Clock& clock_;
  Notifier changed_;
};

class BrokenBus final : public Bus {
 public:
  BrokenBus(sql::Database& database, const Clock& clock, std::string rule)
      : good_(database, clock), rule_(std::move(rule)) {}

  Result<void> append(Connection& c, const Event& event) override {
    Event changed = event;
    if (breaks(kWhole)) changed.type = "event";
    if (breaks(kTopics)) changed.topic = "posts";
    if (breaks(kWaits)) changed.key = event.id;
    if (breaks(kRolledBack)) beside_.push_back({0, 1, event});
    TG_CHECK(good_.append(c, changed));
    if (!breaks(kFresh)) return {};
    TG_CHECK(
        c.run("UPDATE outbox_events SET place = (SELECT count(*) FROM outbox_events) WHERE "
              "event_id = $1",
              {event.id}));
    return {};
  }
  void wake() override { good_.wake(); }
  Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) override {
    if (breaks(kHidden)) request.lease = milliseconds(0);
    if (breaks(kLimit)) request.limit += 1;
    if (breaks(kPoll)) request.wait = milliseconds(0);
    auto taken = co_await good_.take(request);
    if (!taken) co_return taken;
    if (breaks(kRolledBack) && taken->empty()) *taken = std::exchange(beside_, {});
    if (breaks(kOrder)) std::ranges::reverse(*taken);
    if (breaks(kComesAgain)) {
      for (const TakenEvent& event : *taken)
        static_cast<void>(co_await good_.acknowledge(request.topic, {event.place}));
    }
    co_return taken;
  }
  Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) override {
    if (breaks(kGone)) co_return Result<void>();
    if (breaks(kState)) {
      for (std::int64_t place = places.empty() ? 0 : places.back(); place > 0; --place)
        places.push_back(place);
    }
    co_return co_await good_.acknowledge(std::move(topic), std::move(places));
  }
  Task<Result<std::int64_t>> pending(std::string topic) override {
    auto count = co_await good_.pending(std::move(topic));
    if (breaks(kPending) && count) ++*count;
    co_return count;
  }

 private:
  bool breaks(const char* rule) const { return rule_ == rule; }

  PlainBus good_;
  const std::string rule_;
  std::vector<TakenEvent> beside_;
};

}  // namespace

std::vector<Rule<BusHarness>> bus_rules() {
  return {{kWhole, whole},    {kRolledBack, rolled_back},
          {kHidden, hidden},  {kComesAgain, comes_again},
          {kGone, gone},      {kState, state},
          {kOrder, order},    {kWaits, waits},
          {kTopics, topics},  {kLimit, limit},
          {kPoll, poll},      {kFresh, fresh},
          {kPending, pending}};
}

std::unique_ptr<Bus> make_plain_bus(sql::Database& database, const Clock& clock) {
  return std::make_unique<PlainBus>(database, clock);
}

std::unique_ptr<Bus> make_broken_bus(sql::Database& database, const Clock& clock,
                                     std::string rule) {
  return std::make_unique<BrokenBus>(database, clock, std::move(rule));
}

}  // namespace tg::testing
