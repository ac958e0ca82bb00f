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
constexpr const char* kHidden = "what is taken is hidden from others while its lease lasts";
constexpr const char* kComesAgain = "what is not acknowledged comes to others after its lease";
constexpr const char* kOwn = "a consumer that takes again gets what it has not acknowledged";
constexpr const char* kRestart = "what was taken before a restart comes again at once";
constexpr const char* kGone = "what is acknowledged does not come again";
constexpr const char* kState = "acknowledging a later event leaves an earlier one";
constexpr const char* kOrder = "events of one key come in order";
constexpr const char* kWaits = "an event waits while an earlier one of its key is being worked on";
constexpr const char* kTopics = "topics are apart";
constexpr const char* kLimit = "no more events come than asked for";
constexpr const char* kPoll = "a waiting take is answered by an append";
constexpr const char* kClose = "a closed bus gives what is there and lets nobody wait";
constexpr const char* kFresh = "an acknowledgement that comes again reaches no later event";
constexpr const char* kLook = "looking shows what is not acknowledged and takes nothing";
constexpr const char* kPending = "pending counts what is not acknowledged";
constexpr const char* kUpTo = "pending up to a place counts no later event";
constexpr const char* kNewest = "newest is the place that append answered with last";

constexpr milliseconds kLease{1000};

Event event_of(const std::string& key, const std::string& payload,
               const std::string& topic = "posts") {
  return {.id = Uuid::random().text(),
          .topic = topic,
          .key = key,
          .type = "post.stored",
          .payload = payload};
}

// Returns their places.
std::vector<std::int64_t> append(BusHarness& harness, const std::vector<Event>& events,
                                 Findings& findings) {
  const auto places = run_blocking(sql::write<std::vector<std::int64_t>>(
      harness.database(), [&](Connection& c) -> Result<std::vector<std::int64_t>> {
        std::vector<std::int64_t> made;
        for (const Event& event : events) {
          TG_TRY(const std::int64_t place, harness.bus().append(c, event));
          made.push_back(place);
        }
        return made;
      }));
  harness.bus().wake();
  return findings.value(places, "append");
}

std::vector<TakenEvent> take(BusHarness& harness, Findings& findings,
                             const std::string& consumer = "one", std::size_t limit = 100,
                             const std::string& topic = "posts") {
  return findings.value(
      run_blocking(harness.bus().take(
          {.topic = topic, .consumer = consumer, .limit = limit, .lease = kLease})),
      "take");
}

void acknowledge(BusHarness& harness, const TakenEvent& event, Findings& findings) {
  findings.done(run_blocking(harness.bus().acknowledge(event.event.topic, {event.place})),
                "acknowledge");
}

std::int64_t pending_up_to(BusHarness& harness, std::int64_t place, Findings& findings) {
  return findings.value(run_blocking(harness.bus().pending("posts", place)), "pending");
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
}

void rolled_back(BusHarness& harness, Findings& findings) {
  static_cast<void>(
      run_blocking(sql::write<void>(harness.database(), [&](Connection& c) -> Result<void> {
        TG_TRY(const auto place, harness.bus().append(c, event_of("a", "never")));
        static_cast<void>(place);
        return internal("the write failed");
      })));
  harness.bus().wake();
  findings.expect(take(harness, findings).empty(), "an event came of nothing");
}

void hidden(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("b", "2")}, findings);
  findings.expect(take(harness, findings).size() == 2, "not both came");
  findings.expect(take(harness, findings, "two").empty(), "another got them at once");
  harness.pass(kLease / 2);
  findings.expect(take(harness, findings, "two").empty(), "another got them within the lease");
}

void comes_again(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1")}, findings);
  for (const char* consumer : {"one", "two", "three"}) {
    findings.expect(take(harness, findings, consumer).size() == 1,
                    fmt::format("it did not come to {}", consumer));
    harness.pass(kLease * 2);
  }
}

void own(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("b", "2")}, findings);
  const auto first = take(harness, findings, "one", 1);
  findings.expect(payloads(first) == "1 ", "the first did not come");
  findings.expect(payloads(take(harness, findings)) == "1 2 ", "not what is left came");
  findings.expect(take(harness, findings, "two").empty(), "another got it too");
}

void restart(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("b", "2")}, findings);
  const auto taken = take(harness, findings);
  if (taken.size() != 2) return findings.expect(false, "not both came");
  acknowledge(harness, taken[0], findings);
  harness.restart();
  findings.expect(payloads(take(harness, findings, "two")) == "2 ",
                  "not just what was not acknowledged came");
}

void gone(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1")}, findings);
  for (const TakenEvent& event : take(harness, findings)) {
    acknowledge(harness, event, findings);
    acknowledge(harness, event, findings);  // idempotent
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
  findings.expect(payloads(take(harness, findings, "two")) == "3 ",
                  "it did not wait, or others did");
  if (first.size() != 1) return findings.expect(false, "the first did not come");
  acknowledge(harness, first[0], findings);
  findings.expect(payloads(take(harness, findings, "two")) == "2 3 ", "it waits for ever");
}

void topics(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1", "posts"), event_of("a", "2", "documents")}, findings);
  const auto posts = take(harness, findings);
  findings.expect(payloads(posts) == "1 ", "another topic's events came");
  for (const TakenEvent& event : posts) acknowledge(harness, event, findings);
  findings.expect(payloads(take(harness, findings, "one", 100, "documents")) == "2 ",
                  "the other topic lost its event");
}

void limit(BusHarness& harness, Findings& findings) {
  append(harness, {event_of("a", "1"), event_of("b", "2"), event_of("c", "3")}, findings);
  findings.expect(payloads(take(harness, findings, "one", 2)) == "1 2 ", "not the first two came");
  findings.expect(payloads(take(harness, findings, "two", 2)) == "3 ", "not the third came");
}

// The event must arrive whether the consumer looks before or after the append; repeated, so that
// both happen.
void poll(BusHarness& harness, Findings& findings) {
  for (int round = 0; round < 10; ++round) {
    std::vector<TakenEvent> taken;
    std::atomic<bool> started = false;
    std::thread waiting([&] {
      started = true;
      started.notify_one();
      taken = run_blocking(harness.bus().take({.topic = "posts",
                                               .consumer = "one",
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

// A stopped clock: any wait for it would be endless.
void close(BusHarness& harness, Findings& findings) {
  constexpr std::chrono::seconds kLong(20);
  std::atomic<bool> started = false;
  std::thread waiting([&] {
    started = true;
    started.notify_one();
    static_cast<void>(
        run_blocking(harness.bus().take({.topic = "posts", .consumer = "one", .wait = kLong})));
  });
  started.wait(false);
  harness.bus().close();
  waiting.join();
  const auto none = run_blocking(
      harness.bus().take({.topic = "posts", .consumer = "one", .wait = kLong, .lease = kLease}));
  findings.expect(none && none->empty(), "an event came of nothing");
  append(harness, {event_of("a", "1")}, findings);
  findings.expect(payloads(take(harness, findings)) == "1 ", "it gives nothing any more");
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

void look(BusHarness& harness, Findings& findings) {
  const auto seen = [&] {
    std::string all;
    findings.done(run_blocking(sql::read<void>(harness.database(),
                                               [&](Connection& c) {
                                                 return harness.bus().look(
                                                     c, "posts", [&](const Event& event) {
                                                       all += event.payload + " ";
                                                     });
                                               })),
                  "look");
    return all;
  };
  append(harness, {event_of("a", "1"), event_of("b", "2"), event_of("a", "3", "documents")},
         findings);
  findings.expect(seen() == "1 2 ", "not what was appended is seen");
  const auto taken = take(harness, findings);
  if (taken.size() != 2) return findings.expect(false, "not both came after it");
  findings.expect(seen() == "1 2 ", "what is taken is not seen");
  acknowledge(harness, taken[0], findings);
  findings.expect(seen() == "2 ", "what is acknowledged is seen");
}

void up_to(BusHarness& harness, Findings& findings) {
  const auto places =
      append(harness, {event_of("a", "1"), event_of("b", "2"), event_of("c", "3")}, findings);
  if (places.size() != 3) return findings.expect(false, "not every event has a place");
  findings.expect(pending_up_to(harness, places[1], findings) == 2, "not the first two counted");
  const auto taken = take(harness, findings);
  if (taken.size() != 3) return findings.expect(false, "not all came");
  findings.expect(taken[0].place == places[0], "it is taken from another place");
  acknowledge(harness, taken[0], findings);
  findings.expect(pending_up_to(harness, places[0], findings) == 0, "the acknowledged one counts");
  findings.expect(pending_up_to(harness, places[2], findings) == 2, "the others do not count");
}

void newest(BusHarness& harness, Findings& findings) {
  const auto newest_of = [&](const std::string& topic) {
    return findings.value(
        run_blocking(sql::read<std::int64_t>(
            harness.database(), [&](Connection& c) { return harness.bus().newest(c, topic); })),
        "newest");
  };
  const auto places = append(harness, {event_of("a", "1"), event_of("b", "2")}, findings);
  append(harness, {event_of("a", "3", "documents")}, findings);
  findings.expect(!places.empty() && newest_of("posts") == places.back(), "it is another place");
  const auto inside =
      run_blocking(sql::write<bool>(harness.database(), [&](Connection& c) -> Result<bool> {
        TG_TRY(const std::int64_t place, harness.bus().append(c, event_of("c", "4")));
        TG_TRY(const std::int64_t last, harness.bus().newest(c, "posts"));
        return last == place;
      }));
  findings.expect(inside.value_or(false), "it leaves out its own transaction's event");
  for (const TakenEvent& event : take(harness, findings)) acknowledge(harness, event, findings);
  findings.expect(pending_up_to(harness, newest_of("posts"), findings) == 0,
                  "it waits for what is acknowledged");
}

// Reads the whole outbox each time and selects in C++.
class PlainBus : public Bus {
 public:
  PlainBus(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::int64_t> append(Connection& c, const Event& event) override {
    TG_TRY(const auto rows,
           c.run("INSERT INTO outbox_events (event_id, topic, key, type, payload) VALUES ($1, "
                 "$2, $3, $4, $5) RETURNING place",
                 {event.id, event.topic, event.key, event.type, event.payload}));
    return rows[0].integer(0);
  }
  Result<std::int64_t> newest(Connection& c, std::string_view topic) override {
    TG_TRY(const auto rows, c.run("SELECT place, topic FROM outbox_events ORDER BY place"));
    std::int64_t place = 0;
    for (const sql::Row& row : rows) {
      if (row.text(1) == topic) place = row.integer(0);
    }
    return place;
  }
  Result<void> look(Connection& c, std::string_view topic,
                    const std::function<void(const Event&)>& on_event) override {
    TG_TRY(const auto rows,
           c.run("SELECT event_id, topic, key, type, payload FROM outbox_events ORDER BY place"));
    for (const sql::Row& row : rows) {
      if (row.text(1) == topic)
        on_event({row.text(0), row.text(1), row.text(2), row.text(3), row.text(4)});
    }
    return {};
  }
  void wake() override { changed_.notify(); }
  void close() override {
    closed_ = true;
    changed_.notify();
  }
  Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) override {
    const SteadyTime until = clock_.steady() + request.wait;
    while (true) {
      const std::uint64_t seen = changed_.version();
      TG_CO_TRY(auto taken,
                co_await sql::write<std::vector<TakenEvent>>(
                    database_, [this, request](Connection& c) { return choose(c, request); }));
      if (!taken.empty() || closed_ || clock_.steady() >= until) co_return taken;
      co_await changed_.wait_after(seen, milliseconds(1000));
    }
  }
  Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) override {
    co_return co_await sql::write<void>(database_, [=, this](Connection& c) -> Result<void> {
      for (const std::int64_t place : places) {
        TG_TRY_VOID(
            c.run("DELETE FROM outbox_events WHERE topic = $1 AND place = $2", {topic, place}));
        std::erase_if(leases_, [place](const Lease& lease) { return lease.place == place; });
      }
      return {};
    });
  }
  Task<Result<std::int64_t>> pending(std::string topic, std::int64_t up_to) override {
    co_return co_await sql::read<std::int64_t>(
        database_, [=](Connection& c) -> Result<std::int64_t> {
          TG_TRY(const auto rows,
                 c.run("SELECT place FROM outbox_events WHERE topic = $1", {topic}));
          return std::ranges::count_if(
              rows, [up_to](const sql::Row& row) { return row.integer(0) <= up_to; });
        });
  }

 private:
  struct Lease {
    std::int64_t place = 0;
    std::string consumer;
    UnixMillis until;
  };

  Result<std::vector<TakenEvent>> choose(Connection& c, const TakeEvents& request) {
    const UnixMillis now = clock_.wall();
    TG_TRY(const auto rows,
           c.run("SELECT place, event_id, topic, key, type, payload FROM outbox_events ORDER BY "
                 "place"));
    std::vector<TakenEvent> taken;
    std::set<std::string> busy;
    for (const sql::Row& row : rows) {
      if (row.text(2) != request.topic || taken.size() == request.limit) continue;
      const bool is_anothers = std::ranges::any_of(leases_, [&](const Lease& lease) {
        return lease.place == row.integer(0) && lease.consumer != request.consumer &&
               lease.until > now;
      });
      if (is_anothers) busy.insert(row.text(3));
      if (busy.contains(row.text(3))) continue;
      taken.push_back(
          {row.integer(0), {row.text(1), row.text(2), row.text(3), row.text(4), row.text(5)}});
    }
    for (const TakenEvent& event : taken) {
      std::erase_if(leases_, [&event](const Lease& lease) { return lease.place == event.place; });
      leases_.push_back({event.place, request.consumer, now + request.lease});
    }
    return taken;
  }

  sql::Database& database_;
  const Clock& clock_;
  Notifier changed_;
  std::vector<Lease> leases_;  // used by the database's writer only
  std::atomic<bool> closed_ = false;
};

class BrokenBus final : public Bus {
 public:
  BrokenBus(sql::Database& database, const Clock& clock, std::string rule)
      : good_(database, clock), rule_(std::move(rule)) {
    if (!breaks(kRestart)) return;
    static_cast<void>(run_blocking(sql::write<void>(database, [](Connection& c) -> Result<void> {
      TG_TRY_VOID(c.run("DELETE FROM outbox_events"));
      return {};
    })));
  }

  Result<std::int64_t> append(Connection& c, const Event& event) override {
    Event changed = event;
    if (breaks(kWhole)) changed.type = "event";
    if (breaks(kTopics)) changed.topic = "posts";
    if (breaks(kWaits)) changed.key = event.id;
    if (breaks(kRolledBack)) beside_.push_back({0, event});
    TG_TRY(const std::int64_t place, good_.append(c, changed));
    if (!breaks(kFresh)) return place;
    TG_TRY_VOID(
        c.run("UPDATE outbox_events SET place = (SELECT count(*) FROM outbox_events) WHERE "
              "event_id = $1",
              {event.id}));
    return place;
  }
  Result<std::int64_t> newest(Connection& c, std::string_view topic) override {
    return good_.newest(c, breaks(kNewest) ? "documents" : topic);
  }
  Result<void> look(Connection& c, std::string_view topic,
                    const std::function<void(const Event&)>& on_event) override {
    return breaks(kLook) ? Result<void>() : good_.look(c, topic, on_event);
  }
  void wake() override { good_.wake(); }
  void close() override {
    closed_ = true;
    good_.close();
  }
  Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) override {
    if (breaks(kHidden)) request.lease = milliseconds(0);
    if (breaks(kLimit)) request.limit += 1;
    if (breaks(kPoll)) request.wait = milliseconds(0);
    if (breaks(kOwn)) request.consumer = Uuid::random().text();
    auto taken = co_await good_.take(request);
    if (!taken) co_return taken;
    if (breaks(kClose) && closed_) taken->clear();
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
  Task<Result<std::int64_t>> pending(std::string topic, std::int64_t up_to) override {
    auto count = co_await good_.pending(std::move(topic), breaks(kUpTo) ? kEverything : up_to);
    if (breaks(kPending) && count) ++*count;
    co_return count;
  }

 private:
  bool breaks(const char* rule) const { return rule_ == rule; }

  PlainBus good_;
  const std::string rule_;
  std::vector<TakenEvent> beside_;
  bool closed_ = false;
};

}  // namespace

std::vector<Rule<BusHarness>> bus_rules() {
  return {{kWhole, whole},   {kRolledBack, rolled_back},
          {kHidden, hidden}, {kComesAgain, comes_again},
          {kOwn, own},       {kRestart, restart},
          {kGone, gone},     {kState, state},
          {kOrder, order},   {kWaits, waits},
          {kTopics, topics}, {kLimit, limit},
          {kPoll, poll},     {kClose, close},
          {kFresh, fresh},   {kPending, pending},
          {kLook, look},     {kUpTo, up_to},
          {kNewest, newest}};
}

std::unique_ptr<Bus> make_plain_bus(sql::Database& database, const Clock& clock) {
  return std::make_unique<PlainBus>(database, clock);
}

std::unique_ptr<Bus> make_broken_bus(sql::Database& database, const Clock& clock,
                                     std::string rule) {
  return std::make_unique<BrokenBus>(database, clock, std::move(rule));
}

}  // namespace tg::testing
