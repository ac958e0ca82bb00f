#include "service/gateway/peer_health.hpp"

#include <atomic>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "runtime/log.hpp"
#include "runtime/loops.hpp"
#include "runtime/run_blocking.hpp"
#include "tests/support/error_of.hpp"

namespace tg::gateway {
namespace {

// A service that counts its health checks and can be blocked before it answers.
struct Told {
  std::atomic<int> asked = 0;
  std::atomic<bool> held = false;
  std::atomic<api::HealthStatus> status = api::HealthStatus::healthy;
  Notifier changed;

  void hold() { held = true; }
  void release() {
    held = false;
    changed.notify();
  }
};

Task<Result<api::Health>> tell(Told* service, std::string name, Notifier* asked, api::Call) {
  ++service->asked;
  asked->notify();
  while (true) {
    const std::uint64_t seen = service->changed.version();
    if (!service->held) break;
    co_await service->changed.wait_after(seen, std::chrono::hours(1));
  }
  co_return api::Health{
      .service_name = name, .status = service->status, .timestamp = {}, .details = {}};
}

class PeerHealthTest : public testing::Test {
 protected:
  PeerHealthTest() {
    loops_.start();
    std::vector<PeerService> peers;
    for (auto [name, service] : {std::pair("auth", &auth_), std::pair("vector", &vector_)}) {
      peers.push_back({name, [this, name, service](api::Call call) {
                         return tell(service, name, &asked_, std::move(call));
                       }});
    }
    health_ = std::make_unique<PeerHealth>(clock_, loops_.next(), std::move(peers));
  }
  ~PeerHealthTest() override {
    askers_.close();
    auth_.release();
    vector_.release();
    run_blocking(health_->stop());
    run_blocking(askers_.wait());
  }

  api::Health ask() { return run_blocking(health_->report({})).value(); }
  // On its own loop.
  struct Asker {
    std::optional<Result<api::Health>> answer;
  };
  std::shared_ptr<Asker> ask_beside(Gate& gate) {
    auto asker = std::make_shared<Asker>();
    gate.spawn(loops_.at(1).get_executor(),
               [](PeerHealth* health, std::shared_ptr<Asker> to) -> Task<void> {
                 to->answer = co_await health->report({});
               }(health_.get(), asker));
    return asker;
  }
  std::shared_ptr<Asker> ask_beside() { return ask_beside(askers_); }
  void wait_for_askers() { run_blocking(askers_.wait()); }
  // Waits until a service was queried so many times; false on timeout.
  bool wait_until_asked(Told& service, int times) {
    return run_blocking([](Notifier* asked, Told* of, int count) -> Task<bool> {
      for (int looks = 0; looks < 100; ++looks) {
        const std::uint64_t seen = asked->version();
        if (of->asked >= count) co_return true;
        co_await asked->wait_after(seen, std::chrono::milliseconds(200));
      }
      co_return false;
    }(&asked_, &service, times));
  }
  // Lets the loop of the callers run what was posted to it.
  void let_askers_run() {
    Gate gate;
    gate.spawn(loops_.at(1).get_executor(), []() -> Task<void> {
      for (int turns = 0; turns < 20; ++turns)
        co_await asio::post(co_await asio::this_coro::executor, use_task);
    }());
    run_blocking(gate.wait());
  }
  static std::string part(const api::Health& health, std::string_view name, const char* field) {
    for (const json::Value& row : health.details.at("parts").as_array()) {
      if (row.at("part").as_string() != name) continue;
      const json::Value& value = row.at(field);
      return value.is_string() ? std::string(value.as_string()) : std::string();
    }
    return "not told";
  }
  static std::string service(const api::Health& health, std::string_view name) {
    return std::string(health.details.at("services").at(name).as_string());
  }

  const log::Capture quiet_{[](std::string_view) {}};
  FakeClock clock_;
  Loops loops_{2};
  Notifier asked_;
  Told auth_;
  Told vector_;
  Gate askers_;
  std::unique_ptr<PeerHealth> health_;
};

TEST_F(PeerHealthTest, QueriesAllConcurrently) {
  auth_.hold();
  vector_.hold();
  const auto asker = ask_beside();
  EXPECT_TRUE(wait_until_asked(auth_, 1));
  EXPECT_TRUE(wait_until_asked(vector_, 1)) << "while auth has not answered";
  vector_.release();
  auth_.release();
  wait_for_askers();
  EXPECT_EQ((*asker->answer)->status, api::HealthStatus::healthy);
  EXPECT_EQ((*asker->answer)->service_name, "gateway");
}

TEST_F(PeerHealthTest, AReportIsGoodForASecond) {
  const UnixMillis made = clock_.wall();
  EXPECT_EQ(ask().timestamp, made);
  clock_.advance(PeerHealth::kFresh - std::chrono::milliseconds(1));
  EXPECT_EQ(ask().timestamp, made);
  EXPECT_EQ(auth_.asked, 1);
  clock_.advance(std::chrono::milliseconds(1));
  EXPECT_EQ(ask().timestamp, clock_.wall());
  EXPECT_EQ(auth_.asked, 2);
}

TEST_F(PeerHealthTest, ConcurrentCallersShareARound) {
  vector_.hold();
  std::vector<std::shared_ptr<Asker>> askers;
  for (int i = 0; i < 50; ++i) askers.push_back(ask_beside());
  ASSERT_TRUE(wait_until_asked(vector_, 1));
  let_askers_run();
  EXPECT_EQ(askers_.running(), 50U) << "there is no earlier report to give them";
  vector_.release();
  wait_for_askers();
  EXPECT_EQ(auth_.asked, 1);
  EXPECT_EQ(vector_.asked, 1);
  for (const auto& asker : askers) EXPECT_TRUE(asker->answer && *asker->answer);
}

TEST_F(PeerHealthTest, WhileARoundRunsOthersGetTheLastReport) {
  const UnixMillis made = ask().timestamp;
  clock_.advance(PeerHealth::kUsable - std::chrono::milliseconds(1));
  vector_.hold();
  const auto first = ask_beside();
  ASSERT_TRUE(wait_until_asked(vector_, 2));
  EXPECT_EQ(ask().timestamp, made) << "not held up";
  clock_.advance(std::chrono::milliseconds(1));
  const auto late = ask_beside();
  let_askers_run();
  EXPECT_EQ(askers_.running(), 2U) << "such an old one says nothing any more";
  vector_.release();
  wait_for_askers();
  EXPECT_EQ((*first->answer)->timestamp, clock_.wall());
  EXPECT_EQ((*late->answer)->timestamp, clock_.wall());
  EXPECT_EQ(vector_.asked, 2);
}

TEST_F(PeerHealthTest, AHangingServiceIsNotQueriedTwice) {
  vector_.hold();
  const auto asker = ask_beside();
  ASSERT_TRUE(wait_until_asked(vector_, 1));
  clock_.advance(PeerHealth::kAnswerTime);
  wait_for_askers();
  const api::Health told = **asker->answer;
  EXPECT_EQ(told.status, api::HealthStatus::degraded);
  EXPECT_EQ(service(told, "vector"), "unhealthy");
  EXPECT_EQ(service(told, "auth"), "healthy");
  EXPECT_EQ(part(told, "vector", "state"), "down");
  EXPECT_EQ(part(told, "vector", "reason"), "the vector service's health check timed out");
  const std::string since = format_iso8601(clock_.wall());
  EXPECT_EQ(part(told, "vector", "since"), since);

  clock_.advance(PeerHealth::kFresh);
  EXPECT_EQ(part(ask(), "vector", "since"), since);
  EXPECT_EQ(vector_.asked, 1) << "it still owes the first answer";
  EXPECT_EQ(auth_.asked, 2);

  vector_.release();
  for (int rounds = 0; rounds < 1000 && vector_.asked == 1; ++rounds) {
    clock_.advance(PeerHealth::kFresh);
    ask();
  }
  clock_.advance(PeerHealth::kFresh);
  EXPECT_EQ(ask().status, api::HealthStatus::healthy);
}

TEST_F(PeerHealthTest, ReportsSinceWhenAServiceIsNotHealthy) {
  auth_.status = api::HealthStatus::degraded;
  vector_.status = api::HealthStatus::unhealthy;
  const std::string since = format_iso8601(clock_.wall());
  ask();
  clock_.advance(std::chrono::minutes(5));
  const api::Health later = ask();
  EXPECT_EQ(later.status, api::HealthStatus::degraded);
  EXPECT_EQ(service(later, "auth"), "degraded");
  EXPECT_EQ(part(later, "auth", "state"), "degraded");
  EXPECT_EQ(part(later, "auth", "since"), since);
  EXPECT_EQ(service(later, "vector"), "unhealthy");
  EXPECT_EQ(part(later, "vector", "state"), "down");
  EXPECT_EQ(part(later, "vector", "since"), since);
}

TEST_F(PeerHealthTest, ARoundOutlivesItsFirstCaller) {
  vector_.hold();
  Gate leaving;
  const auto first = ask_beside(leaving);
  ASSERT_TRUE(wait_until_asked(vector_, 1));
  const auto second = ask_beside();
  leaving.cancel();
  run_blocking(leaving.wait());
  EXPECT_FALSE(first->answer);
  vector_.release();
  wait_for_askers();
  EXPECT_EQ((*second->answer)->status, api::HealthStatus::healthy);
  EXPECT_EQ(vector_.asked, 1);
}

TEST_F(PeerHealthTest, StoppingReleasesWaiters) {
  vector_.hold();
  const auto asker = ask_beside();
  ASSERT_TRUE(wait_until_asked(vector_, 1));
  run_blocking(health_->stop());
  wait_for_askers();
  EXPECT_EQ(error_of(*asker->answer).code, Code::unavailable);
  EXPECT_EQ(error_of(run_blocking(health_->report({}))).code, Code::unavailable);
}

}  // namespace
}  // namespace tg::gateway
