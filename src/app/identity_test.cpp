#include "app/identity.hpp"

#include <gtest/gtest.h>

#include "app/settings.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::app {
namespace {

constexpr const char* kSecret = "a secret of more than thirty-two characters";

class IdentityTest : public testing::Test {
 protected:
  Config config(std::map<std::string, std::string> environment) {
    ConfigSources sources;
    sources.environment = std::move(environment);
    return Config::load(settings_schema(), sources).value();
  }
  Result<Identity> make(std::map<std::string, std::string> environment,
                        const std::vector<std::string>& only) {
    return make_identity(config(std::move(environment)), only, std::make_shared<net::Client>(),
                         clock);
  }

  FakeClock clock;
};

TEST_F(IdentityTest, OneProcessAloneNeedsNoSecret) {
  const auto alone = make({}, {});
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->signer);
  EXPECT_EQ(alone->local_key.size(), 64U);
  const auto other = make({}, {});
  ASSERT_TRUE(other);
  EXPECT_NE(alone->local_key, other->local_key);
  // Two installations do not believe each other.
  EXPECT_FALSE(alone->tokens->verify(other->tokens->token()));
}

TEST_F(IdentityTest, PartOfTheServicesNeedsTheSharedSecret) {
  const auto part = make({}, {"document"});
  ASSERT_FALSE(part);
  EXPECT_EQ(part.error().field, "SERVICE_SECRET");
}

TEST_F(IdentityTest, ProcessesWithOneSecretBelieveEachOther) {
  const auto document = make({{"SERVICE_SECRET", kSecret}}, {"document"});
  const auto telegram = make({{"SERVICE_SECRET", kSecret}}, {"telegram"});
  ASSERT_TRUE(document && telegram);
  EXPECT_EQ(telegram->tokens->verify(document->tokens->token()).value(), "document");
  EXPECT_FALSE(document->signer);
}

TEST_F(IdentityTest, GatewaysStatementsAreCheckedWithItsOwnKeyInItsProcess) {
  const auto gateway = make({}, {});
  ASSERT_TRUE(gateway);
  const api::Principal ann{.user_id = "ann", .role = api::Role::user};
  const auto asserted = run_blocking(gateway->keys->verify(gateway->signer->sign(ann, "token-1")));
  ASSERT_TRUE(asserted) << asserted.error().detail;
  EXPECT_EQ(asserted->principal.user_id, "ann");
  // Another gateway's statement is nobody's.
  const auto other = make({}, {});
  EXPECT_FALSE(run_blocking(gateway->keys->verify(other->signer->sign(ann, "token-1"))));
}

TEST_F(IdentityTest, WithoutAGatewaysAddressNoUserIsBelieved) {
  const auto document = make({{"SERVICE_SECRET", kSecret}}, {"document"});
  const auto gateway = make({{"SERVICE_SECRET", kSecret}}, {"gateway"});
  ASSERT_TRUE(document && gateway);
  const auto asserted = run_blocking(document->keys->verify(gateway->signer->sign({}, "t")));
  ASSERT_FALSE(asserted);
  EXPECT_EQ(asserted.error().code, Code::unavailable);
}

}  // namespace
}  // namespace tg::app
