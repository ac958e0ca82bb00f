#include <boost/asio/co_spawn.hpp>

#include "service/gateway/admission_fixture.hpp"

namespace tg::gateway {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class AccessTokensTest : public AdmissionFixture {
 protected:
  Result<api::AccessToken> verify(const std::string& token) {
    return run_blocking(tokens_.verify(token));
  }
  void expect_refused(const std::string& token, std::string_view cause) {
    const auto refused = verify(token);
    ASSERT_FALSE(refused) << cause;
    EXPECT_EQ(error_of(refused).code, Code::unauthorized);
    EXPECT_EQ(error_of(refused).message, "a valid token is required");
    EXPECT_NE(error_of(refused).detail.find(cause), std::string::npos) << error_of(refused).detail;
  }

  AccessTokens tokens_{auth_, clock_, {}};
};

TEST_F(AccessTokensTest, VerifyingReturnsThePrincipal) {
  const std::string good = token("anna", api::Role::viewer);
  EXPECT_FALSE(tokens_.is_remembered(good));
  for (int i = 0; i < 3; ++i) {
    const auto known = verify(good);
    ASSERT_TRUE(known) << known.error().detail;
    EXPECT_EQ(known->principal.user_id, "anna");
    EXPECT_EQ(known->principal.role, api::Role::viewer);
    EXPECT_EQ(known->principal.space, "space-1");
    EXPECT_FALSE(known->principal.is_service);
    EXPECT_TRUE(tokens_.is_remembered(good));
  }
  EXPECT_EQ(told_->asked, 1);
}

TEST_F(AccessTokensTest, BadOnesAreRefusedAndNotRemembered) {
  std::string bent = token("anna");
  bent[bent.size() / 2] = bent[bent.size() / 2] == 'A' ? 'B' : 'A';
  expect_refused(bent, "");
  EXPECT_FALSE(tokens_.is_remembered(bent));
  expect_refused("", "three parts");
  expect_refused(std::string(5000, 'x'), "too long");
  api::AccessToken odd = token_of("anna");
  odd.token_id = "";
  expect_refused(sign(odd), "claims");
}

TEST_F(AccessTokensTest, EndInTimeAlsoWhenRemembered) {
  const std::string good = token("anna");
  ASSERT_TRUE(verify(good));
  clock_.advance(minutes(30) + seconds(29));
  EXPECT_TRUE(verify(good));
  clock_.advance(seconds(1));
  expect_refused(good, "expired");
}

TEST_F(AccessTokensTest, ARevokedOneIsRefusedWithinASecond) {
  const api::AccessToken first = token_of("anna");
  api::AccessToken second = token_of("anna");
  second.token_id = "session-2.1";
  ASSERT_TRUE(verify(sign(first)));
  ASSERT_TRUE(verify(sign(second)));
  told_->verification.revoked_token_ids = {"session-1"};
  clock_.advance(seconds(1));
  expect_refused(sign(first), "revoked");
  EXPECT_TRUE(verify(sign(second)));
  told_->verification.revoked_token_ids = {second.token_id};
  clock_.advance(seconds(1));
  expect_refused(sign(second), "revoked");
}

TEST_F(AccessTokensTest, AUsersNewVersionMakesOlderOnesVoid) {
  const std::string of_version_3 = token("anna");
  told_->verification.user_versions = {{"anna", 3}, {"boris", -1}};
  EXPECT_TRUE(verify(of_version_3));
  expect_refused(token("boris"), "changed");
  told_->verification.user_versions = {{"anna", 4}};
  clock_.advance(seconds(1));
  expect_refused(of_version_3, "changed");
  EXPECT_TRUE(verify(token("boris")));
}

TEST_F(AccessTokensTest, ANewKeyIsFetchedWhenFirstSeen) {
  ASSERT_TRUE(verify(token("anna")));
  const auto next = *jwt::SigningKey::ed25519(std::string(32, 'n'));
  add_key(next);
  clock_.advance(milliseconds(60));
  EXPECT_TRUE(verify(api::sign_access_token(token_of("anna"), next)));
  EXPECT_EQ(told_->asked, 2);
}

TEST_F(AccessTokensTest, UnknownKeyIdsDoNotCauseAFetchEach) {
  for (int i = 0; i < 100; ++i) {
    const auto stranger = *jwt::SigningKey::ed25519(sha256(std::to_string(i)));
    expect_refused(api::sign_access_token(token_of("anna"), stranger), "not one of ours");
  }
  EXPECT_LE(told_->asked, 2);
}

TEST_F(AccessTokensTest, RemovingAKeyInvalidatesItsTokens) {
  const std::string good = token("anna");
  ASSERT_TRUE(verify(good));
  told_->verification.keys.clear();
  add_key(*jwt::SigningKey::ed25519(std::string(32, 'n')));
  clock_.advance(seconds(1));
  expect_refused(good, "not one of ours");
}

// A key id is derived from the key: another key under a known id is refused.
TEST_F(AccessTokensTest, AKeyUnderAnotherIdIsRefused) {
  told_->verification.keys[0].public_key =
      encode_base64url(jwt::SigningKey::ed25519(std::string(32, 'x'))->public_bytes());
  expect_refused(token("anna"), "not one of ours");
}

TEST_F(AccessTokensTest, ManyAtOnceAskOnce) {
  asio::io_context loop(1);
  int good = 0;
  for (int i = 0; i < 50; ++i) {
    asio::co_spawn(
        loop, tokens_.verify(token("user" + std::to_string(i))),
        [&](std::exception_ptr, const Result<api::AccessToken>& known) { good += known ? 1 : 0; });
  }
  loop.run();
  EXPECT_EQ(good, 50);
  EXPECT_EQ(told_->asked, 1);
}

TEST_F(AccessTokensTest, WithoutAuthItsLastDataIsUsedForAWhile) {
  const std::string good = token("anna");
  told_->is_down = true;
  EXPECT_EQ(error_of(verify(good)).code, Code::unavailable);
  told_->is_down = false;
  clock_.advance(seconds(1));
  ASSERT_TRUE(verify(good));
  EXPECT_FALSE(tokens_.is_degraded());
  told_->is_down = true;
  clock_.advance(seconds(1));
  EXPECT_TRUE(verify(good));
  EXPECT_TRUE(tokens_.is_degraded());
  clock_.advance(minutes(4) + seconds(58));
  EXPECT_TRUE(verify(good));
  clock_.advance(seconds(2));
  const auto refused = verify(good);
  ASSERT_FALSE(refused);
  EXPECT_EQ(error_of(refused).reason, "unavailable.auth");
  const int asked = told_->asked;
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(verify(good));
  EXPECT_EQ(told_->asked, asked) << "one question in half a second is enough";
  told_->is_down = false;
  clock_.advance(seconds(1));
  EXPECT_TRUE(verify(good));
  EXPECT_FALSE(tokens_.is_degraded());
}

TEST_F(AccessTokensTest, ACancelledFetchIsRepeated) {
  {
    asio::io_context loop(1);
    asio::co_spawn(loop, tokens_.verify(token("anna")),
                   [](std::exception_ptr, const Result<api::AccessToken>&) {});
    loop.run_one();
    ASSERT_EQ(told_->asked, 1);
  }  // the coroutine is gone half-way
  EXPECT_TRUE(verify(token("anna")));
  EXPECT_EQ(told_->asked, 2);
}

TEST_F(AccessTokensTest, NoMoreAreRememberedThanAllowed) {
  AccessTokens few(auth_, clock_, {.remembered = 64});
  std::vector<std::string> all;
  for (int i = 0; i < 300; ++i) {
    all.push_back(token("user" + std::to_string(i)));
    ASSERT_TRUE(run_blocking(few.verify(all.back())));
  }
  const auto remembered =
      std::ranges::count_if(all, [&](const std::string& one) { return few.is_remembered(one); });
  EXPECT_LE(remembered, 64);
  EXPECT_GT(remembered, 16);
}

TEST_F(AccessTokensTest, ASharedSecretIsTakenFromTheSettings) {
  const std::string secret = "a secret of at least thirty-two bytes";
  const auto shared = *jwt::SigningKey::hmac(secret);
  told_->verification.keys.clear();
  add_key(shared);
  EXPECT_EQ(told_->verification.keys[0].public_key, "");
  const std::string good = api::sign_access_token(token_of("anna"), shared);
  expect_refused(good, "not one of ours");
  AccessTokens with_secret(auth_, clock_, {.jwt_secret = secret});
  EXPECT_TRUE(run_blocking(with_secret.verify(good)));
}

}  // namespace
}  // namespace tg::gateway
