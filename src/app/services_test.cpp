#include "app/services.hpp"

#include <gtest/gtest.h>

#include "app/settings.hpp"

namespace tg::app {
namespace {

class ServicesTest : public testing::Test {
 protected:
  ServicesTest() {
    each_service([this](const ServiceName&, auto member) {
      std::shared_ptr stub =
          absent<ContractAt<decltype(member)>>({.code = Code::unavailable, .reason = "test"});
      services_.*member = stub.get();
      stubs_.push_back(std::move(stub));
    });
  }

  std::vector<std::shared_ptr<void>> stubs_;
  Services services_;
};

TEST_F(ServicesTest, EveryServiceHasAPortAndASettingForItsUrl) {
  EXPECT_EQ(kServiceNames.front().name, "gateway");
  EXPECT_EQ(kServiceNames.back().name, "telegram");
  EXPECT_EQ(kServiceNames.back().port_offset, 8);
  for (const ServiceName& service : kServiceNames)
    EXPECT_NE(settings_schema().find(service.url_setting), nullptr) << service.url_setting;
}

TEST_F(ServicesTest, KeepersOfDataAreVisitedWithProducersFirst) {
  std::vector<std::string_view> visited;
  EXPECT_TRUE(each_keeper(services_, [&](std::string_view name, auto&) -> Result<void> {
    visited.push_back(name);
    return {};
  }));
  EXPECT_EQ(visited, (std::vector<std::string_view>{"telegram", "document", "vector", "auth",
                                                    "embedding", "retrieval"}));
}

TEST_F(ServicesTest, VisitingKeepersStopsAtTheFirstFailure) {
  int visits = 0;
  const auto done = each_keeper(services_, [&](std::string_view name, auto&) -> Result<void> {
    ++visits;
    if (name == "document") return fail(Code::internal, "test", "");
    return {};
  });
  EXPECT_FALSE(done);
  EXPECT_EQ(visits, 2);
}

}  // namespace
}  // namespace tg::app
