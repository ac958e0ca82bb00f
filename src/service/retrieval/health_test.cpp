// Health of the retrieval service while other services are unreachable.
#include <atomic>

#include <gtest/gtest.h>

#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "service/retrieval/retrieval_service.hpp"
#include "tests/support/temporary_database.hpp"

namespace tg::retrieval {
namespace {

// A service that answers health checks only.
struct PeerService {
  std::atomic<bool> down = false;
  std::atomic<api::HealthStatus> status = api::HealthStatus::healthy;

  template <auto M>
  Task<Result<api::OutOf<M>>> invoke(api::Call, api::InOf<M>) {
    if constexpr (std::is_same_v<api::OutOf<M>, api::Health>) {
      if (down) co_return unavailable("neighbour");
      co_return api::Health{
          .service_name = "neighbour", .status = status, .timestamp = {}, .details = {}};
    } else {
      co_return internal("not expected");
    }
  }
};

class HealthTest : public ::testing::Test {
 protected:
  void SetUp() override {
    loops_.start();
    service_ = std::make_unique<RetrievalService>(*database_, pool_, clock_, loops_.next(),
                                                  vectors_, telegram_, RetrievalSettings{});
    ASSERT_TRUE(run_blocking(service_->start()));
  }
  void TearDown() override {
    run_blocking(service_->stop());
    loops_.stop();
  }

  api::Health health() { return run_blocking(service_->health({}, {})).value(); }
  // State of one part: "down since 2025-..".
  static std::string told(const api::Health& health, std::string_view name) {
    for (const json::Value& part : health.details.at("parts").as_array()) {
      if (std::string_view(part.at("part").as_string()) != name) continue;
      std::string text(part.at("state").as_string());
      if (part.at("since").is_string())
        text += " since " + std::string(part.at("since").as_string());
      return text;
    }
    return "not told";
  }

  FakeClock clock_;
  Loops loops_{1};
  ComputePool pool_{2, 64};
  testing::TemporaryDatabase database_{pool_};
  std::shared_ptr<PeerService> index_ = std::make_shared<PeerService>();
  std::shared_ptr<PeerService> grants_ = std::make_shared<PeerService>();
  api::VectorsForward<PeerService> vectors_{index_};
  api::TelegramForward<PeerService> telegram_{grants_};
  std::unique_ptr<RetrievalService> service_;
};

TEST_F(HealthTest, EverythingIsUp) {
  const api::Health now = health();
  EXPECT_EQ(now.status, api::HealthStatus::healthy);
  for (const char* part : {"index", "grants", "history"}) EXPECT_EQ(told(now, part), "up") << part;
  EXPECT_EQ(now.details.at("compute_queued").to_number<int>(), 0);
}

TEST_F(HealthTest, AMissingIndexIsReportedWithItsTime) {
  index_->down = true;
  const std::string since = format_iso8601(clock_.wall());
  EXPECT_EQ(health().status, api::HealthStatus::unhealthy);
  clock_.advance(std::chrono::minutes(2));
  EXPECT_EQ(told(health(), "index"), "down since " + since);
  EXPECT_EQ(told(health(), "grants"), "up");
  index_->down = false;
  EXPECT_EQ(health().status, api::HealthStatus::healthy);
  EXPECT_EQ(told(health(), "index"), "up");
}

TEST_F(HealthTest, AnUnhealthyServiceCountsAsDown) {
  grants_->status = api::HealthStatus::degraded;
  EXPECT_EQ(health().status, api::HealthStatus::healthy) << "it still answers";
  grants_->status = api::HealthStatus::unhealthy;
  EXPECT_EQ(health().status, api::HealthStatus::unhealthy);
}

TEST_F(HealthTest, WithoutItsDatabaseItStillFinds) {
  ASSERT_TRUE(
      run_blocking(sql::write<void>(*database_, [](sql::Connection& connection) -> Result<void> {
        TG_TRY_VOID(connection.run("ALTER TABLE queries RENAME TO elsewhere"));
        return {};
      })));
  const api::Health now = health();
  EXPECT_EQ(now.status, api::HealthStatus::degraded);
  EXPECT_EQ(told(now, "history"), "down since " + format_iso8601(clock_.wall()));
  EXPECT_EQ(told(now, "index"), "up");
}

}  // namespace
}  // namespace tg::retrieval
