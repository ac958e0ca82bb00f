// What the document service reports of its health.
#include <fmt/core.h>

#include "service/document/document_fixture.hpp"
#include "service/document/document_service.hpp"

namespace tg::document {
namespace {

using namespace fixture;

TEST_F(DocumentServiceTest, HealthTellsWhatIsDegradedAndSinceWhen) {
  restart({.retry_after = std::chrono::hours(1)});
  const auto part = [this](std::string_view name) {
    const auto health = run_blocking(service_->health(call(), {})).value();
    for (const json::Value& told : health.details.at("parts").as_array()) {
      if (std::string_view(told.at("part").as_string()) == name)
        return std::pair(health.status, told.as_object());
    }
    return std::pair(health.status, json::Object{{"state", "not told"}, {"since", nullptr}});
  };
  for (const char* name : {"database", "index", "feed", "pipeline"})
    EXPECT_EQ(part(name).second.at("state"), "up") << name;
  EXPECT_EQ(part("index").first, api::HealthStatus::healthy);

  index_->down = true;
  const auto since = json::Value(format_iso8601(clock_.wall()));
  EXPECT_FALSE(upload("a.txt", "It waits for the index."));
  clock_.advance(std::chrono::minutes(2));
  const auto [status, index] = part("index");
  EXPECT_EQ(status, api::HealthStatus::degraded);
  EXPECT_EQ(index.at("state"), "down");
  EXPECT_EQ(index.at("since"), since) << "since the upload that met it, not since the question";
  EXPECT_TRUE(index.at("reason").is_string());

  index_->down = false;
  EXPECT_EQ(part("index").first, api::HealthStatus::healthy);
  EXPECT_EQ(part("index").second.at("since"), json::Value(nullptr));
}

TEST_F(DocumentServiceTest, HealthTellsThatThePipelineWaits) {
  index_->down = true;
  {
    const std::scoped_lock lock(feed_->mutex);
    feed_->events.push_back(post(1, "It waits."));
  }
  feed_->changed.notify();
  const auto state_of = [this](std::string_view name) {
    const auto health = run_blocking(service_->health(call(), {})).value();
    for (const json::Value& told : health.details.at("parts").as_array()) {
      if (std::string_view(told.at("part").as_string()) == name)
        return std::string(told.at("state").as_string());
    }
    return std::string("not told");
  };
  // A second try comes after the first was noted.
  for (int seen = index_->refused; seen < 2; seen = index_->refused) index_->refused.wait(seen);
  EXPECT_EQ(state_of("pipeline"), "degraded");
  EXPECT_EQ(state_of("feed"), "up");
  index_->down = false;
  feed({});  // until the event is acknowledged
  // The next question for events comes after the batch was noted.
  for (int seen = feed_->asked; seen <= feed_->asked_at_acknowledgement; seen = feed_->asked)
    feed_->asked.wait(seen);
  EXPECT_EQ(state_of("pipeline"), "up");
}

TEST_F(DocumentServiceTest, HealthWithoutItsDatabaseIsUnhealthy) {
  ASSERT_TRUE(
      run_blocking(sql::write<void>(*database_, [](sql::Connection& connection) -> Result<void> {
        TG_TRY_VOID(connection.run("ALTER TABLE documents RENAME TO elsewhere"));
        return {};
      })));
  const auto health = run_blocking(service_->health(call(), {})).value();
  EXPECT_EQ(health.status, api::HealthStatus::unhealthy);
  EXPECT_EQ(health.details.at("parts").at(0).at("state"), "down");
  EXPECT_FALSE(health.details.contains("pending")) << "unknown";
}

}  // namespace
}  // namespace tg::document
