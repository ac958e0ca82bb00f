#include "app/serve.hpp"

#include <gtest/gtest.h>

namespace tg::app {
namespace {

using Names = std::vector<std::string>;

TEST(ServiceList, TakesCommasAndRepeatedOptionsAlike) {
  EXPECT_EQ(service_list({"telegram, document", "vector"}).value(),
            (Names{"telegram", "document", "vector"}));
  EXPECT_EQ(service_list({"telegram,telegram", "telegram"}).value(), Names{"telegram"});
  EXPECT_EQ(service_list({}).value(), Names{});
}

TEST(ServiceList, NamesWhatIsNoServiceAndWhatThereIs) {
  const auto wrong = service_list({"telegram,documents"});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::validation);
  EXPECT_NE(wrong.error().message.find("documents is not a service"), std::string::npos);
  EXPECT_NE(wrong.error().message.find("gateway, auth, document"), std::string::npos);
}

TEST(ServiceList, RefusesAnEmptyOne) {
  EXPECT_FALSE(service_list({""}));
  EXPECT_FALSE(service_list({" , "}));
}

}  // namespace
}  // namespace tg::app
