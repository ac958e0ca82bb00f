#include "wire/inner_identity.hpp"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "base/encoding.hpp"
#include "runtime/run_blocking.hpp"

namespace tg::wire {
namespace {

constexpr std::string_view kSecret = "0123456789abcdef0123456789abcdef";

jwt::SigningKey hmac(std::string_view secret = kSecret) {
  return *jwt::SigningKey::hmac(secret);
}
jwt::SigningKey ed25519(char fill) {
  return *jwt::SigningKey::ed25519(std::string(32, fill));
}

constexpr api::Spec kRead{.name = "read",
                          .method = api::Method::get,
                          .path = "/r",
                          .needs = api::Scope::read,
                          .repeatable = true};
constexpr api::Spec kAdmin{.name = "admin",
                           .method = api::Method::get,
                           .path = "/a",
                           .needs = api::Scope::admin,
                           .repeatable = true};
constexpr api::Spec kService{.name = "service",
                             .method = api::Method::get,
                             .path = "/s",
                             .needs = api::Scope::service,
                             .repeatable = true};
constexpr api::Spec kOpen{.name = "open",
                          .method = api::Method::get,
                          .path = "/o",
                          .needs = api::Scope::open,
                          .repeatable = true};

class InnerIdentity : public testing::Test {
 protected:
  net::Headers signed_by(Credentials& credentials, const api::Call& call) {
    net::Headers headers;
    credentials.sign(call, headers);
    return headers;
  }
  Result<api::Call> admit(const net::Headers& headers, const api::Spec& spec = kRead) {
    net::Request request;
    request.headers = headers;
    return run_blocking(admission->admit(&request, &spec));
  }
  api::Call user(api::Role role = api::Role::user) const {
    return {.principal = {.user_id = "u-1", .role = role, .space = "red"}, .token_id = "jti-1"};
  }

  FakeClock clock;
  std::shared_ptr<ServiceTokens> gateway_tokens =
      std::make_shared<ServiceTokens>(hmac(), "gateway", clock);
  std::shared_ptr<PrincipalSigner> signer = std::make_shared<PrincipalSigner>(ed25519('g'), clock);
  std::shared_ptr<Credentials> gateway = inner_credentials(gateway_tokens, signer);
  jwt::SigningKey shown = ed25519('g');
  bool gateway_is_down = false;
  int fetches = 0;
  std::shared_ptr<PrincipalKeys> keys =
      std::make_shared<PrincipalKeys>([this] { return fetch(this); }, clock);
  std::shared_ptr<Admission> admission =
      admit_services(std::make_shared<ServiceTokens>(hmac(), "retrieval", clock), keys);

  Notifier go_on;
  static Task<Result<jwt::KeySet>> fetch_slowly(InnerIdentity* self, bool succeeds) {
    co_await self->go_on.wait_after(self->go_on.version(), std::chrono::seconds(60));
    if (succeeds) co_return co_await fetch(self);
    ++self->fetches;
    co_return unavailable("gateway");
  }
  static Task<Result<jwt::KeySet>> fetch(InnerIdentity* self) {
    ++self->fetches;
    if (self->gateway_is_down) co_return unavailable("gateway");
    jwt::KeySet set;
    set.add(*jwt::VerifyingKey::ed25519(self->shown.public_bytes()));
    co_return set;
  }
};

TEST_F(InnerIdentity, CarriesThePrincipalAsTheGatewayStatedIt) {
  const auto call = admit(signed_by(*gateway, user()));
  ASSERT_TRUE(call.has_value()) << call.error().detail;
  EXPECT_EQ(call->principal.user_id, "u-1");
  EXPECT_EQ(call->principal.role, api::Role::user);
  EXPECT_EQ(call->principal.space, "red");
  EXPECT_FALSE(call->principal.is_service);
  EXPECT_EQ(call->token_id, "jti-1");
  EXPECT_FALSE(call->assertion.empty());
}

TEST_F(InnerIdentity, HandsAnAssertionOnAsItIs) {
  const auto first = admit(signed_by(*gateway, user()));
  ASSERT_TRUE(first.has_value());
  const auto retrieval =
      inner_credentials(std::make_shared<ServiceTokens>(hmac(), "retrieval", clock));
  const net::Headers headers = signed_by(*retrieval, *first);
  EXPECT_EQ(headers.get(kPrincipalHeader), first->assertion);
  EXPECT_EQ(admit(headers)->principal.user_id, "u-1");
}

TEST_F(InnerIdentity, ActsForItselfOnlyWhenItSaysSo) {
  const auto document =
      inner_credentials(std::make_shared<ServiceTokens>(hmac(), "document", clock));
  const auto own = admit(signed_by(*document, {.principal = {.is_service = true}}), kService);
  ASSERT_TRUE(own.has_value());
  EXPECT_TRUE(own->principal.is_service);
  EXPECT_EQ(own->principal.user_id, "document");
  // Nobody's call stays nobody's; a user without a statement of the gateway's is nobody.
  EXPECT_EQ(admit(signed_by(*document, {})).error().code, Code::unauthorized);
  EXPECT_EQ(admit(signed_by(*document, user(api::Role::admin)), kAdmin).error().code,
            Code::unauthorized);
}

TEST_F(InnerIdentity, ChecksTheScope) {
  EXPECT_EQ(admit(signed_by(*gateway, user()), kAdmin).error().code, Code::forbidden);
  EXPECT_TRUE(admit(signed_by(*gateway, user(api::Role::admin)), kAdmin).has_value());
  EXPECT_TRUE(
      admit(signed_by(*gateway, user()), kService).has_value());  // the gateway is a service
  EXPECT_TRUE(admit({}, kOpen).has_value());
  EXPECT_EQ(admit({}, kRead).error().code, Code::unauthorized);
  EXPECT_EQ(admit({}, kService).error().code, Code::unauthorized);
}

TEST_F(InnerIdentity, IgnoresHeadersThatMerelyClaim) {
  const net::Headers claims{{"X-User-Id", "u-1"},
                            {"X-User-Role", "admin"},
                            {kActsAsHeader, "service"},
                            {kClientHeader, "10.0.0.1"},
                            {kPrincipalHeader, signer->sign(user().principal, "")}};
  EXPECT_EQ(admit(claims).error().code, Code::unauthorized);
  const auto open = admit(claims, kOpen);
  ASSERT_TRUE(open.has_value());
  EXPECT_TRUE(open->principal.user_id.empty());
  EXPECT_FALSE(open->principal.is_service);
  EXPECT_TRUE(open->client_address.empty());
}

TEST_F(InnerIdentity, RefusesAnotherInstallation) {
  const auto foreign = inner_credentials(
      std::make_shared<ServiceTokens>(hmac("ffffffffffffffffffffffffffffffff"), "gateway", clock),
      signer);
  const auto refused = admit(signed_by(*foreign, user()));
  EXPECT_EQ(refused.error().code, Code::unauthorized);
  EXPECT_EQ(refused.error().reason, "unauthorized.service_token");
}

TEST_F(InnerIdentity, RefusesAForgedAssertion) {
  const auto forger = std::make_shared<PrincipalSigner>(ed25519('f'), clock);
  const auto forged = inner_credentials(gateway_tokens, forger);
  EXPECT_EQ(admit(signed_by(*forged, user())).error().code, Code::unauthorized);
  // One changed character of a good one.
  net::Headers headers = signed_by(*gateway, user());
  std::string bent(headers.get(kPrincipalHeader));
  bent[bent.size() / 2] = bent[bent.size() / 2] == 'A' ? 'B' : 'A';
  headers.set(kPrincipalHeader, bent);
  EXPECT_EQ(admit(headers).error().code, Code::unauthorized);
}

TEST_F(InnerIdentity, TellsTheKindsOfTokensApart) {
  // A service token is no assertion, a sealed text no service token.
  net::Headers headers = signed_by(*gateway, user());
  headers.set(kPrincipalHeader, gateway_tokens->token());
  EXPECT_EQ(admit(headers).error().code, Code::unauthorized);
  headers = {{"Authorization", "Bearer " + gateway_tokens->seal("keys+jwt", {})}};
  EXPECT_EQ(admit(headers).error().code, Code::unauthorized);
  headers = {{"Authorization", "Bearer " + signer->sign(user().principal, "")}};
  EXPECT_EQ(admit(headers).error().code, Code::unauthorized);
}

TEST_F(InnerIdentity, ExpiresBoth) {
  const net::Headers headers = signed_by(*gateway, user());
  ASSERT_TRUE(admit(headers).has_value());
  clock.advance(std::chrono::seconds(60) + jwt::kLeeway + std::chrono::seconds(1));
  EXPECT_EQ(admit(headers).error().code, Code::unauthorized);  // the assertion
  const net::Headers service = signed_by(*gateway, {.principal = {.is_service = true}});
  clock.advance(std::chrono::minutes(5) + jwt::kLeeway + std::chrono::seconds(1));
  EXPECT_EQ(admit(service, kService).error().reason, "unauthorized.service_token");
  EXPECT_TRUE(admit(signed_by(*gateway, user())).has_value());
}

TEST_F(InnerIdentity, MakesTokensAnewOnlyWhenHalfTheirLifeIsOver) {
  const std::string token = gateway_tokens->token();
  const std::string assertion = signer->sign(user().principal, "jti-1");
  clock.advance(std::chrono::seconds(29));
  EXPECT_EQ(gateway_tokens->token(), token);
  EXPECT_EQ(signer->sign(user().principal, "jti-1"), assertion);
  EXPECT_NE(signer->sign(user(api::Role::admin).principal, "jti-1"), assertion);
  clock.advance(std::chrono::seconds(2));
  EXPECT_NE(signer->sign(user().principal, "jti-1"), assertion);
  clock.advance(std::chrono::minutes(3));
  EXPECT_NE(gateway_tokens->token(), token);
}

TEST_F(InnerIdentity, FetchesKeysOnceAndAgainForANewGateway) {
  ASSERT_TRUE(admit(signed_by(*gateway, user())).has_value());
  ASSERT_TRUE(admit(signed_by(*gateway, user(api::Role::viewer))).has_value());
  EXPECT_EQ(fetches, 1);
  // The gateway starts anew with another key.
  const auto next = std::make_shared<PrincipalSigner>(ed25519('n'), clock);
  const auto restarted = inner_credentials(gateway_tokens, next);
  shown = ed25519('n');
  EXPECT_TRUE(admit(signed_by(*restarted, user())).has_value());
  EXPECT_EQ(fetches, 2);
}

TEST_F(InnerIdentity, FetchesNoKeysForASecondAfterAForeignOne) {
  const auto foreign = [&](char fill) {
    return inner_credentials(gateway_tokens,
                             std::make_shared<PrincipalSigner>(ed25519(fill), clock));
  };
  EXPECT_EQ(admit(signed_by(*foreign('f'), user())).error().code, Code::unauthorized);
  EXPECT_EQ(fetches, 1);
  EXPECT_EQ(admit(signed_by(*foreign('g' + 1), user())).error().code, Code::unavailable);
  EXPECT_EQ(fetches, 1);
  EXPECT_TRUE(admit(signed_by(*gateway, user())).has_value()) << "a known key needs no fetch";
  clock.advance(std::chrono::seconds(1));
  EXPECT_EQ(admit(signed_by(*foreign('h' + 1), user())).error().code, Code::unauthorized);
  EXPECT_EQ(fetches, 2);
}

// Five calls of one new gateway, while its keys are still on their way.
TEST_F(InnerIdentity, CallsWaitForAFetchThatIsUnderWay) {
  for (const bool succeeds : {true, false}) {
    fetches = 0;
    auto slow = std::make_shared<PrincipalKeys>(
        [this, succeeds] { return fetch_slowly(this, succeeds); }, clock);
    const std::string assertion = signer->sign(user().principal, "jti-1");
    std::vector<Result<PrincipalKeys::Asserted>> outcomes;
    asio::io_context loop(1);
    for (int i = 0; i < 5; ++i) {
      asio::co_spawn(loop, slow->verify(assertion), [&](std::exception_ptr, auto outcome) {
        outcomes.push_back(std::move(outcome));
      });
    }
    loop.poll();
    EXPECT_TRUE(outcomes.empty());
    go_on.notify();
    loop.run();
    ASSERT_EQ(outcomes.size(), 5u);
    for (const auto& outcome : outcomes) {
      EXPECT_EQ(outcome.has_value(), succeeds);
      if (!succeeds) EXPECT_EQ(outcome.error().code, Code::unavailable);
    }
    EXPECT_EQ(fetches, 1);
  }
}

TEST_F(InnerIdentity, SaysWhenTheGatewayShowsNoKeys) {
  gateway_is_down = true;
  EXPECT_EQ(admit(signed_by(*gateway, user())).error().code, Code::unavailable);
  gateway_is_down = false;
  EXPECT_TRUE(admit(signed_by(*gateway, user())).has_value());
}

}  // namespace
}  // namespace tg::wire
