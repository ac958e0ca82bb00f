#include "app/process_health.hpp"

#include <gtest/gtest.h>

namespace tg::app {
namespace {

class ProcessHealthTest : public testing::Test {
 protected:
  ProcessHealthTest() : loops(1), monitor(loops, clock, registry) {}

  api::Health ask(ProcessHealth& health) {
    api::Health answer{.service_name = "telegram", .timestamp = clock.wall(), .details = {}};
    health.add_to(answer);
    return answer;
  }
  static std::string field(const api::Health& health, std::string_view part, const char* name) {
    for (const json::Value& row : health.details.at("parts").as_array()) {
      if (row.at("part").as_string() == part)
        return row.as_object().contains(name) ? std::string(row.at(name).as_string()) : "";
    }
    return "absent";
  }

  FakeClock clock;
  metrics::Registry registry;
  Loops loops;
  LoopMonitor monitor;
};

TEST_F(ProcessHealthTest, TellsThatDiskAndLoopsAreWell) {
  ProcessHealth process(std::filesystem::temp_directory_path(), monitor, clock);
  const api::Health health = ask(process);
  EXPECT_EQ(field(health, "disk", "state"), "up");
  EXPECT_EQ(field(health, "loops", "state"), "up");
  EXPECT_EQ(health.status, api::HealthStatus::healthy);
}

TEST_F(ProcessHealthTest, TellsSinceWhenALoopStandsStill) {
  ProcessHealth process(std::filesystem::temp_directory_path(), monitor, clock);
  clock.advance(std::chrono::seconds(6));  // no loop has turned: they were not started
  EXPECT_FALSE(process.is_alive());
  const std::string since = format_iso8601(clock.wall());
  EXPECT_EQ(ask(process).status, api::HealthStatus::degraded);
  clock.advance(std::chrono::seconds(60));
  const api::Health later = ask(process);
  EXPECT_EQ(field(later, "loops", "state"), "degraded");
  EXPECT_EQ(field(later, "loops", "since"), since);
}

TEST_F(ProcessHealthTest, TellsAFolderThatIsGone) {
  ProcessHealth process("/no/such/folder", monitor, clock);
  const api::Health health = ask(process);
  EXPECT_EQ(field(health, "disk", "state"), "degraded");
  EXPECT_EQ(health.status, api::HealthStatus::degraded);
}

TEST_F(ProcessHealthTest, KeepsWhatTheServiceSaysOfItself) {
  ProcessHealth process(std::filesystem::temp_directory_path(), monitor, clock);
  api::Health health{.service_name = "telegram",
                     .status = api::HealthStatus::unhealthy,
                     .timestamp = clock.wall(),
                     .details = {}};
  health.details["parts"] = json::Array{json::Object{{"part", "database"}, {"state", "failed"}}};
  process.add_to(health);
  EXPECT_EQ(health.status, api::HealthStatus::unhealthy);
  EXPECT_EQ(field(health, "database", "state"), "failed");
  EXPECT_EQ(field(health, "disk", "state"), "up");
}

}  // namespace
}  // namespace tg::app
