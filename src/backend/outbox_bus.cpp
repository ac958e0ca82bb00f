#include "backend/outbox_bus.hpp"

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

// Without a wake-up, leases of dead consumers are looked at so often.
constexpr milliseconds kLookAgain{1000};

// Free, and no earlier event of its key is being worked on.
constexpr std::string_view kReady =
    "topic = $1 AND leased_until_ms <= $2 AND NOT EXISTS (SELECT 1 FROM outbox_events e WHERE "
    "e.topic = o.topic AND e.key = o.key AND e.place < o.place AND e.leased_until_ms > $2)";

std::int64_t millis(UnixMillis time) {
  return time.time_since_epoch().count();
}

Result<std::vector<TakenEvent>> take_now(Connection& connection, const TakeEvents& request,
                                         std::int64_t now) {
  TG_TRY(const sql::Rows rows,
         connection.run("SELECT place, attempts, event_id, key, type, payload FROM outbox_events o "
                        "WHERE " +
                            std::string(kReady) + " ORDER BY place LIMIT $3",
                        {request.topic, now, static_cast<std::int64_t>(request.limit)}));
  std::vector<TakenEvent> taken;
  for (const Row& row : rows) {
    taken.push_back({.place = row.integer(0),
                     .attempt = row.integer(1) + 1,
                     .event = {.id = row.text(2),
                               .topic = request.topic,
                               .key = row.text(3),
                               .type = row.text(4),
                               .payload = row.text(5)}});
    TG_CHECK(
        connection.run("UPDATE outbox_events SET attempts = attempts + 1, leased_until_ms = "
                       "$2 WHERE place = $1",
                       {taken.back().place, now + request.lease.count()}));
  }
  return taken;
}

class OutboxBus final : public store::Bus {
 public:
  OutboxBus(sql::Database& database, const Clock& clock) : database_(database), clock_(clock) {}

  Result<void> append(Connection& connection, const Event& event) override {
    TG_CHECK(connection.run(
        "INSERT INTO outbox_events (event_id, topic, key, type, payload) VALUES ($1, $2, $3, $4, "
        "$5)",
        {event.id, event.topic, event.key, event.type, event.payload}));
    return {};
  }

  void wake() override { appended_.notify(); }

  Task<Result<std::vector<TakenEvent>>> take(TakeEvents request) override {
    const SteadyTime until = clock_.steady() + request.wait;
    while (true) {
      const std::uint64_t seen = appended_.version();
      TG_CO_TRY(const bool ready, co_await is_ready(request.topic));
      if (ready) {
        TG_CO_TRY(auto taken, co_await sql::write<std::vector<TakenEvent>>(
                                  database_, [request, this](Connection& c) {
                                    return take_now(c, request, millis(clock_.wall()));
                                  }));
        TG_FAULT("bus.after_lease");
        if (!taken.empty()) co_return taken;
      }
      const auto left = std::chrono::duration_cast<milliseconds>(until - clock_.steady());
      if (left.count() <= 0) co_return std::vector<TakenEvent>();
      co_await appended_.wait_after(seen, std::min(left, kLookAgain));
    }
  }

  Task<Result<void>> acknowledge(std::string topic, std::vector<std::int64_t> places) override {
    co_return co_await sql::write<void>(
        database_, [topic, places = std::move(places)](Connection& c) -> Result<void> {
          for (const std::int64_t place : places) {
            TG_CHECK(
                c.run("DELETE FROM outbox_events WHERE place = $1 AND topic = $2", {place, topic}));
          }
          return {};
        });
  }

  Task<Result<std::int64_t>> pending(std::string topic) override {
    co_return co_await sql::read<std::int64_t>(
        database_, [topic](Connection& c) -> Result<std::int64_t> {
          TG_TRY(const sql::Rows rows,
                 c.run("SELECT count(*) FROM outbox_events WHERE topic = $1", {topic}));
          return rows[0].integer(0);
        });
  }

 private:
  // A look that costs no write, as most polls find nothing.
  Task<Result<bool>> is_ready(std::string topic) {
    co_return co_await sql::read<bool>(
        database_, [topic, now = millis(clock_.wall())](Connection& c) -> Result<bool> {
          TG_TRY(const sql::Rows rows,
                 c.run("SELECT 1 FROM outbox_events o WHERE " + std::string(kReady) + " LIMIT 1",
                       {topic, now}));
          return !rows.empty();
        });
  }

  sql::Database& database_;
  const Clock& clock_;
  Notifier appended_;
};

}  // namespace

std::unique_ptr<store::Bus> make_outbox_bus(sql::Database& database, const Clock& clock) {
  return std::make_unique<OutboxBus>(database, clock);
}

}  // namespace tg::backend
