// The embedded implementations on SQL: bus and usage events.
#include <filesystem>

#include <gtest/gtest.h>

#include "backend/outbox_bus.hpp"
#include "backend/sql_usage_events.hpp"
#include "backend/sqlite/sqlite_database.hpp"
#include "base/ids.hpp"
#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "store/usage_recorder.hpp"
#include "tests/support/bus_conformance.hpp"
#include "tests/support/usage_conformance.hpp"

namespace tg::backend {
namespace {

namespace fs = std::filesystem;
using testing::BusHarness;
using testing::UsageHarness;

const sql::Migration kOutbox{1, "outbox", store::kOutboxTables};

class TemporaryDatabase {
 public:
  explicit TemporaryDatabase(std::span<const sql::Migration> migrations) {
    fs::create_directories(folder_);
    database_ = sqlite::open_database(folder_ / "test.db", pool_).value();
    EXPECT_TRUE(run_blocking(database_->migrate(migrations)));
  }
  ~TemporaryDatabase() {
    database_.reset();
    fs::remove_all(folder_);
  }
  sql::Database& operator*() { return *database_; }
  const fs::path& folder() const { return folder_; }
  ComputePool& pool() { return pool_; }

 private:
  ComputePool pool_{2, 64};
  fs::path folder_ = fs::temp_directory_path() / ("tg_stores_" + random_hex(6));
  std::unique_ptr<sql::Database> database_;
};

class SqliteBusHarness final : public BusHarness {
 public:
  using Make = std::function<std::unique_ptr<store::Bus>(sql::Database&, const Clock&)>;
  explicit SqliteBusHarness(Make make) : make_(std::move(make)), bus_(make_(*database_, clock_)) {}
  store::Bus& bus() override { return *bus_; }
  sql::Database& database() override { return *database_; }
  void pass(std::chrono::milliseconds time) override { clock_.advance(time); }
  void restart() override { bus_ = make_(*database_, clock_); }

 private:
  Make make_;
  FakeClock clock_;
  TemporaryDatabase database_{std::span(&kOutbox, 1)};
  std::unique_ptr<store::Bus> bus_;
};

testing::MakeHarness<BusHarness> with(SqliteBusHarness::Make make) {
  return [make] { return std::make_unique<SqliteBusHarness>(make); };
}

TEST(BusConformance, TheOutbox) {
  testing::expect_conforms(testing::bus_rules(), with(make_outbox_bus));
}

TEST(BusConformance, ThePlainBus) {
  testing::expect_conforms(testing::bus_rules(), with(testing::make_plain_bus));
}

TEST(BusConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<BusHarness>(testing::bus_rules(), [](const std::string& rule) {
    return with([rule](sql::Database& database, const Clock& clock) {
      return testing::make_broken_bus(database, clock, rule);
    })();
  });
}

class SqlUsageHarness final : public UsageHarness {
 public:
  store::UsageEvents& events() override { return *events_; }
  Result<std::unique_ptr<store::UsageEvents>> copy() override {
    const fs::path file = database_.folder() / "copy.db";
    TG_TRY_VOID(run_blocking(events_->copy_to(file.string())));
    TG_TRY(copy_, sqlite::open_database(file, database_.pool()));
    return make_sql_usage_events(*copy_);
  }

 private:
  TemporaryDatabase database_{usage_events_migrations()};
  std::unique_ptr<store::UsageEvents> events_ = make_sql_usage_events(*database_);
  std::unique_ptr<sql::Database> copy_;
};

TEST(UsageConformance, OnSql) {
  testing::expect_conforms<UsageHarness>(testing::usage_rules(),
                                         [] { return std::make_unique<SqlUsageHarness>(); });
}

TEST(UsageConformance, InMemory) {
  testing::expect_conforms<UsageHarness>(testing::usage_rules(),
                                         testing::make_memory_usage_harness);
}

TEST(UsageConformance, EveryRuleBites) {
  testing::expect_every_rule_bites<UsageHarness>(testing::usage_rules(),
                                                 testing::make_broken_usage_harness);
}

// Refuses events until told otherwise.
class Unsteady final : public store::UsageEvents {
 public:
  explicit Unsteady(store::UsageEvents& good) : good_(good) {}
  Task<Result<void>> append(std::vector<store::UsageEvent> batch) override {
    if (away) co_return unavailable("events");
    co_return co_await good_.append(std::move(batch));
  }
  Task<Result<std::vector<store::UsageSums>>> sums(store::UsageQuery query) override {
    return good_.sums(std::move(query));
  }
  Task<Result<std::int64_t>> forget_before(UnixMillis time) override {
    return good_.forget_before(time);
  }
  Task<Result<std::vector<std::string>>> check() override { return good_.check(); }
  Task<Result<void>> copy_to(std::string file) override { return good_.copy_to(std::move(file)); }
  std::atomic<bool> away = false;

 private:
  store::UsageEvents& good_;
};

TEST(UsageRecorder, KeepsWhatFailedAndWritesItOnce) {
  const auto memory = testing::make_memory_usage_events();
  Unsteady events(*memory);
  Loops loops(1);
  loops.start();
  store::UsageRecorder recorder(events, {.name = "usage_events", .queue = 5, .batch = 3});
  recorder.start(loops.next());
  events.away = true;
  for (int i = 0; i < 5; ++i) recorder.record({.id = Uuid::random().text(), .type = "t"});
  EXPECT_FALSE(run_blocking(recorder.flush()));
  EXPECT_EQ(recorder.queued(), 5U);
  events.away = false;
  EXPECT_TRUE(run_blocking(recorder.flush()));
  run_blocking(recorder.stop());
  loops.stop();
  const auto sums = run_blocking(
      events.sums({.type = {}, .from = UnixMillis(), .until = UnixMillis(std::chrono::hours(1))}));
  ASSERT_EQ(sums->size(), 1U);
  EXPECT_EQ(sums->front().count, 5);
}

}  // namespace
}  // namespace tg::backend
