#include "app/observation.hpp"

#include <future>

#include <gtest/gtest.h>

#include "api/auth.hpp"

namespace tg::app {
namespace {

TEST(Observation, ShowsPortsPoolAndProcess) {
  Loops loops(1);
  ComputePool pool(3, 8);
  const SystemClock clock;
  metrics::Registry registry;
  Observation observation(loops, pool, clock, registry);
  wire::Observer& port = observation.port("auth");
  EXPECT_EQ(&port, &observation.port("auth"));
  api::kEndpoints<api::Auth>.each(
      [&](const auto& row) { port.answered("auth", row.spec, 401, std::chrono::milliseconds(1)); });
  const std::string text = registry.text();
  EXPECT_TRUE(text.contains("telegnosis_compute_threads{pool=\"compute\"} 3\n"));
  EXPECT_TRUE(
      text.contains("service=\"auth\",route=\"/auth/login\",method=\"POST\",status=\"401\"} 1"));
  EXPECT_TRUE(text.contains("process_resident_memory_bytes "));
  EXPECT_TRUE(text.contains("telegnosis_build_info{version="));
}

TEST(Observation, ALoopThatStandsStillIsNotLive) {
  Loops loops(1);
  loops.start();
  ComputePool pool(1, 1);
  FakeClock clock;
  metrics::Registry registry;
  Observation observation(loops, pool, clock, registry);
  observation.start();
  EXPECT_TRUE(observation.is_live());
  std::promise<void> held;
  std::promise<void> release;
  asio::post(loops.at(0), [&, go = release.get_future().share()] {
    held.set_value();
    go.wait();
  });
  held.get_future().wait();
  clock.advance(std::chrono::seconds(6));
  EXPECT_FALSE(observation.is_live());
  release.set_value();
  observation.stop();
}

}  // namespace
}  // namespace tg::app
