#include "app/local_key.hpp"

#include <gtest/gtest.h>

#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

class Nobody final : public wire::Admission {
 public:
  Task<Result<api::Call>> admit(const net::Request*, const api::Spec*) override {
    co_return fail(Code::unauthorized, "missing_token", "who are you?");
  }
};

Result<api::Call> admit(const std::string& header, api::Scope needs) {
  const auto admission = admit_local_key("the-key", std::make_shared<Nobody>());
  net::Request request;
  if (!header.empty()) request.headers.add("Authorization", header);
  const api::Spec for_services{.name = "x",
                               .method = api::Method::get,
                               .path = "/",
                               .needs = api::Scope::service,
                               .repeatable = true};
  const api::Spec for_admins{.name = "x",
                             .method = api::Method::get,
                             .path = "/",
                             .needs = api::Scope::admin,
                             .repeatable = true};
  const api::Spec& spec = needs == api::Scope::service ? for_services : for_admins;
  return run_blocking(admission->admit(&request, &spec));
}

TEST(LocalKey, MakesItsBearerTheLocalAdmin) {
  const auto call = admit("Bearer the-key", api::Scope::admin);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->principal.user_id, "local");
  EXPECT_EQ(call->principal.role, api::Role::admin);
  EXPECT_FALSE(call->principal.is_service);
}

TEST(LocalKey, ReachesWhatOnlyServicesMayDo) {
  const auto call = admit("Bearer the-key", api::Scope::service);
  ASSERT_TRUE(call);
  EXPECT_TRUE(call->principal.is_service);
}

TEST(LocalKey, LeavesEverybodyElseToTheNext) {
  for (const char* header : {"", "Bearer ", "Bearer the-ke", "Bearer the-key ", "Bearer the-keyx",
                             "bearer the-key", "Basic the-key", "the-key"}) {
    const auto call = admit(header, api::Scope::admin);
    ASSERT_FALSE(call) << header;
    EXPECT_EQ(call.error().code, Code::unauthorized);
  }
}

TEST(LocalKey, IsShownByTheOtherEnd) {
  net::Headers headers;
  bearer("the-key")->sign({}, headers);
  EXPECT_EQ(headers.get("Authorization"), "Bearer the-key");
  net::Headers none;
  bearer("")->sign({}, none);
  EXPECT_FALSE(none.has("Authorization"));
}

}  // namespace
}  // namespace tg::app
