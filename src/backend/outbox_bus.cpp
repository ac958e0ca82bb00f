#include "backend/outbox_bus.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "runtime/fault.hpp"
#include "runtime/notifier.hpp"

namespace tg::backend {
namespace {

using sql::Connection;
using sql::Row;
using std::chrono::milliseconds;
using store::Event;
using store::TakeEvents;
using store::TakenEvent;

// How often waiting consumers check for expired leases when nothing wakes them up.
constexpr milliseconds kLookAgain{1000};

// The leases on events. Their number is bounded by what consumers take at once.
class Leases {
 public:
  // The leased events at one moment.
  struct Held {
    std::set<std::int64_t> places;
    std::set<std::string> keys;
    std::uint64_t acknowledgements = 0;
    bool has(std::int64_t place, const std::string& key) const {
      return places.contains(place) || keys.contains(key);
    }
  };

  Held of_others(const TakeEvents& taker, UnixMillis now) {
    const std::scoped_lock lock(mutex_);
    return others(taker, now);
  }

  // Leases those of the events read that are still free. None if an event was acknowledged since
  // `seen`: the read may contain deleted events and has to be repeated.
  std::optional<std::vector<TakenEvent>> lease(const TakeEvents& taker, const Held& seen,
                                               std::vector<TakenEvent> found, UnixMillis now) {
    const std::scoped_lock lock(mutex_);
    if (acknowledgements_ != seen.acknowledgements) return std::nullopt;
    const Held held = others(taker, now);
    std::erase_if(
        found, [&held](const TakenEvent& event) { return held.has(event.place, event.event.key); });
    std::erase_if(leases_, [&](const auto& lease) {
      return lease.second.topic == taker.topic && lease.second.consumer == taker.consumer;
    });
    for (const TakenEvent& event : found)
      leases_[event.place] = {taker.topic, taker.consumer, event.event.key, now + taker.lease};
    return found;
  }

  void end(const std::vector<std::int64_t>& places) {
    const std::scoped_lock lock(mutex_);
    for (const std::int64_t place : places) leases_.erase(place);
    ++acknowledgements_;
  }

 private:
  struct Lease {
    std::string topic;
    std::string consumer;
    std::string key;
    UnixMillis until;
  };

  Held others(const TakeEvents& taker, UnixMillis now) {
    std::erase_if(leases_, [now](const auto& lease) { return lease.second.until <= now; });
    Held held{.places = {}, .keys = {}, .acknowledgements = acknowledgements_};
    for (const auto& [place, lease] : leases_) {
      if (lease.topic != taker.topic || lease.consumer == taker.consumer) continue;
      held.places.insert(place);
      held.keys.insert(lease.key);
    }
    return held;
  }

  std::mutex mutex_;
  std::map<std::int64_t, Lease> leases_;  // guarded by mutex_
  std::uint64_t acknowledgements_ = 0;    // guarded by mutex_
};

constexpr std::string_view kSelect =
    "SELECT place, event_id, key, type, payload FROM outbox_events WHERE topic = $1 ORDER BY place";

Event read_event(const Row& row, std::string_view topic) {
  return {.id = row.text(1),
          .topic = std::string(topic),
          .key = row.text(2),
          .type = row.text(3),
          .payload = row.text(4)};
}

Result<std::vector<TakenEvent>> find_free(Connection& connection, const TakeEvents& request,
                                          const Leases::Held& held) {
  std::vector<TakenEvent> found;
  if (request.limit == 0) return found;
  TG_TRY_VOID(connection.each(kSelect, {request.topic}, [&](const Row& row) {
    if (held.has(row.integer(0), row.text(2))) return true;
    found.push_back({.place = row.integer(0), .event = read_event(row, request.topic)});
    return found.size() < request.limit;
  }));
  return found;
}

class OutboxBus final : public store::Bus {
 public:
  OutboxBus(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<std::int64_t> append(Connection& connection, const Event& event) override {
    TG_TRY(const sql::Rows rows,
           connection.run("INSERT INTO outbox_events (event_id, topic, key, type, payload) VALUES "
                          "($1, $2, $3, $4, $5) RETURNING place",
                          {event.id, event.topic, event.key, event.type, event.payload}));
    return rows[0].integer(0);
  }

  // Acknowledged events are deleted.
  Result<std::int64_t> newest(Connection& connection, std::string_view topic) override {
    TG_TRY(const sql::Rows rows,
           connection.run("SELECT max(place) FROM outbox_events WHERE topic = $1", {topic}));
    return rows[0].integer(0);
  }

  Result<void> look(Connection& connection, std::string_view topic,
                    const std::function<void(const Event&)>& on_event) override {
    return connection.each(kSelect, {topic}, [&](const Row& row) {
      on_event(read_event(row, topic));
      return true;
    });
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
      TG_CO_TRY(const auto taken, co_await take_now(request));
      if (taken && !taken->empty()) {
        TG_FAULT("bus.after_take");
        co_return *taken;
      }
      const auto left = std::chrono::duration_cast<milliseconds>(until - clock_.steady());
      if (taken && (left.count() <= 0 || closed_)) co_return std::vector<TakenEvent>();
      if (taken) co_await changed_.wait_after(seen, std::min(left, kLookAgain));
    }
  }

  Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) override {
    TG_CO_TRY_VOID(
        co_await sql::write<void>(database_, [&topic, &places](Connection& c) -> Result<void> {
          for (const std::int64_t place : places) {
            TG_TRY_VOID(
                c.run("DELETE FROM outbox_events WHERE place = $1 AND topic = $2", {place, topic}));
          }
          return {};
        }));
    leases_.end(places);
    changed_.notify();  // later events with the same keys are free now
    co_return Result<void>();
  }

  Task<Result<std::int64_t>> pending(std::string topic, std::int64_t up_to) override {
    co_return co_await sql::read<std::int64_t>(
        database_, [topic, up_to](Connection& c) -> Result<std::int64_t> {
          TG_TRY(const sql::Rows rows,
                 c.run("SELECT count(*) FROM outbox_events WHERE topic = $1 AND place <= $2",
                       {topic, up_to}));
          return rows[0].integer(0);
        });
  }

 private:
  // nullopt: the read has to be repeated.
  Task<Result<std::optional<std::vector<TakenEvent>>>> take_now(TakeEvents request) {
    const Leases::Held held = leases_.of_others(request, clock_.wall());
    TG_CO_TRY(auto found, co_await sql::read<std::vector<TakenEvent>>(
                              database_, [request, held](Connection& c) {
                                return find_free(c, request, held);
                              }));
    co_return leases_.lease(request, held, std::move(found), clock_.wall());
  }

  sql::Database& database_;
  const Clock& clock_;
  Notifier changed_;
  Leases leases_;
  std::atomic<bool> closed_ = false;
};

}  // namespace

std::unique_ptr<store::Bus> make_outbox_bus(sql::Database& database, const Clock& clock) {
  return std::make_unique<OutboxBus>(database, clock);
}

}  // namespace tg::backend
