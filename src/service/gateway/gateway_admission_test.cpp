#include "service/gateway/gateway_admission.hpp"

#include "service/gateway/admission_fixture.hpp"
#include "service/gateway/response_policy.hpp"

namespace tg::gateway {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr api::Spec spec(api::Scope needs, std::string_view name = "any",
                         std::string_view path = "/any") {
  switch (needs) {
    case api::Scope::open:
      return {.name = name,
              .method = api::Method::post,
              .path = path,
              .needs = api::Scope::open,
              .repeatable = true};
    case api::Scope::read:
      return {.name = name,
              .method = api::Method::post,
              .path = path,
              .needs = api::Scope::read,
              .repeatable = true};
    case api::Scope::write:
      return {.name = name,
              .method = api::Method::post,
              .path = path,
              .needs = api::Scope::write,
              .repeatable = true};
    case api::Scope::admin:
      return {.name = name,
              .method = api::Method::post,
              .path = path,
              .needs = api::Scope::admin,
              .repeatable = true};
    case api::Scope::service:
      break;
  }
  return {.name = name,
          .method = api::Method::post,
          .path = path,
          .needs = api::Scope::service,
          .repeatable = true};
}

class GatewayAdmissionTest : public AdmissionFixture {
 protected:
  struct Answer {
    Result<api::Call> call;
    net::Headers headers;
  };
  Answer ask(api::Scope needs, std::optional<std::string> token, std::string peer = "192.0.2.1") {
    net::Request request;
    request.peer = std::move(peer);
    if (token) request.headers.add("Authorization", "Bearer " + *token);
    return ask(std::move(request), spec(needs));
  }
  Answer ask(net::Request request, const api::Spec& row) {
    net::Headers headers;
    request.request_id = "id-1";
    request.answer = &headers;
    auto call = run_blocking(admission_.admit(&request, &row));
    return {std::move(call), std::move(headers)};
  }
  Code code_of(api::Scope needs, std::optional<std::string> token) {
    const Answer answer = ask(needs, std::move(token));
    return answer.call ? Code::internal : error_of(answer.call).code;  // internal: let in
  }

  AccessTokens tokens_{auth_, clock_, {}};
  RateLimits limits_{clock_, {}};
  GatewayAdmission admission_{tokens_, limits_, *TrustedProxies::parse({"10.0.0.0/8", "::1"})};
};

TEST_F(GatewayAdmissionTest, RolesLimitWhatIsAllowed) {
  using enum api::Scope;
  constexpr Code kIn = Code::internal;
  struct Row {
    std::optional<std::string> token;
    std::array<Code, 5> codes;  // open, read, write, admin, service
  };
  api::AccessToken old = token_of("old");
  old.expires_at -= minutes(45);
  old.issued_at -= minutes(45);
  const auto stranger = *jwt::SigningKey::ed25519(std::string(32, 'x'));
  const std::vector<Row> rows = {
      {std::nullopt,
       {kIn, Code::unauthorized, Code::unauthorized, Code::unauthorized, Code::unauthorized}},
      {token("v", api::Role::viewer),
       {kIn, kIn, Code::forbidden, Code::forbidden, Code::forbidden}},
      {token("u", api::Role::user), {kIn, kIn, kIn, Code::forbidden, Code::forbidden}},
      {token("a", api::Role::admin), {kIn, kIn, kIn, kIn, Code::forbidden}},
      {sign(old),
       {kIn, Code::unauthorized, Code::unauthorized, Code::unauthorized, Code::unauthorized}},
      {api::sign_access_token(token_of("a", api::Role::admin), stranger),
       {kIn, Code::unauthorized, Code::unauthorized, Code::unauthorized, Code::unauthorized}},
  };
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::size_t scope = 0;
    for (const api::Scope needs : {open, read, write, admin, service}) {
      EXPECT_EQ(code_of(needs, rows[i].token), rows[i].codes[scope]) << i << " " << scope;
      ++scope;
    }
  }
}

TEST_F(GatewayAdmissionTest, TheCallHasThePrincipalAndTheAddress) {
  const api::AccessToken anna = token_of("anna");
  const Answer answer = ask(api::Scope::read, sign(anna));
  ASSERT_TRUE(answer.call);
  EXPECT_EQ(answer.call->principal.user_id, "anna");
  EXPECT_EQ(answer.call->principal.space, "space-1");
  EXPECT_EQ(answer.call->token_id, anna.token_id);
  EXPECT_EQ(answer.call->client_address, "192.0.2.1");
  EXPECT_EQ(answer.call->request_id, "id-1");
  EXPECT_EQ(answer.headers.get("X-RateLimit-Remaining"), "99");
}

TEST_F(GatewayAdmissionTest, HeadersThatClaimAUserAreIgnored) {
  net::Request request;
  request.peer = "192.0.2.1";
  request.query = "access_token=" + token("anna");
  for (const char* name : {"X-User-Id", "X-User-Role", "X-Telegnosis-Principal", "X_User_Id"}) {
    request.headers.add(name, token("anna", api::Role::admin));
  }
  EXPECT_EQ(error_of(ask(std::move(request), spec(api::Scope::read)).call).code,
            Code::unauthorized);
}

TEST_F(GatewayAdmissionTest, AnInvalidTokenDoesNotPreventALogin) {
  const Answer answer = ask(api::Scope::open, "no.good.token");
  ASSERT_TRUE(answer.call);
  EXPECT_TRUE(answer.call->principal.user_id.empty());
  const Answer admin = ask(api::Scope::open, token("root", api::Role::admin));
  EXPECT_EQ(admin.call->principal.role, api::Role::admin) << "who may register others";
}

TEST_F(GatewayAdmissionTest, OneBearerTokenOrNone) {
  const std::string good = token("anna");
  const auto with = [&](std::vector<std::string> values) {
    net::Request request;
    request.peer = "192.0.2.1";
    for (const std::string& value : values) request.headers.add("Authorization", value);
    return ask(std::move(request), spec(api::Scope::read));
  };
  EXPECT_TRUE(with({"Bearer " + good}).call);
  EXPECT_TRUE(with({"bearer " + good}).call);
  EXPECT_TRUE(with({"BEARER   " + good + " "}).call);
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{"Bearer " + good, "Bearer " + good},
        {"Bearer " + good + ", Bearer " + good},
        {"Bearer " + good, "Basic YTpi"},
        {"Bearer"},
        {"Bearer "},
        {"Bearer a b"},
        {"Bearer \"" + good + "\""}}) {
    const auto answer = with(bad);
    ASSERT_FALSE(answer.call);
    EXPECT_EQ(error_of(answer.call).code, Code::validation) << bad[0];
  }
  for (const char* other : {"Basic YTpi", "Digest x", "Token x", ""}) {
    EXPECT_EQ(error_of(with({other}).call).code, Code::unauthorized) << other;
  }
}

// The WWW-Authenticate header follows from the reason.
TEST_F(GatewayAdmissionTest, AnInvalidTokenIsNotTheSameAsNone) {
  EXPECT_EQ(error_of(ask(api::Scope::read, std::nullopt).call).reason, "unauthorized");
  EXPECT_EQ(error_of(ask(api::Scope::read, "x.y.z").call).reason, "invalid_token");
}

TEST_F(GatewayAdmissionTest, UsersCountByThemselvesNotByAddress) {
  const std::string anna = token("anna");
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(ask(api::Scope::read, anna).call);
  const Answer refused = ask(api::Scope::read, anna, "198.51.100.1");
  ASSERT_FALSE(refused.call);
  EXPECT_EQ(error_of(refused.call).code, Code::rate_limited);
  EXPECT_EQ(refused.headers.get("Retry-After"),
            std::to_string(error_of(refused.call).retry_after->count()));
  EXPECT_TRUE(ask(api::Scope::read, token("boris")).call) << "behind the same address";
  EXPECT_EQ(error_of(ask(api::Scope::read, token("anna")).call).code, Code::rate_limited)
      << "another token of the same user";
}

TEST_F(GatewayAdmissionTest, BadTokensUseUpTheAddress) {
  const std::string known = token("anna");
  ASSERT_TRUE(ask(api::Scope::read, known).call);
  for (int i = 0; i < 100; ++i) {
    ASSERT_EQ(error_of(ask(api::Scope::read, "bad.token." + std::to_string(i)).call).code,
              Code::unauthorized);
  }
  EXPECT_EQ(error_of(ask(api::Scope::read, "bad.token.x").call).code, Code::rate_limited);
  EXPECT_EQ(error_of(ask(api::Scope::read, std::nullopt).call).code, Code::rate_limited);
  EXPECT_TRUE(ask(api::Scope::read, known).call) << "who was let in before is not held up";
  EXPECT_TRUE(ask(api::Scope::read, token("boris"), "192.0.2.9").call);
}

TEST_F(GatewayAdmissionTest, LoginsOfAnAddressAreLimited) {
  const api::Spec login = spec(api::Scope::open, "login", "/auth/login");
  const auto try_it = [&](std::string peer) {
    net::Request request;
    request.peer = std::move(peer);
    return ask(std::move(request), login).call;
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(try_it("2001:db8:0:1::" + std::to_string(i + 1)));
  EXPECT_EQ(error_of(try_it("2001:db8:0:1:ffff::1")).code, Code::rate_limited) << "the same /64";
  EXPECT_TRUE(try_it("2001:db8:0:2::1"));
}

TEST_F(GatewayAdmissionTest, HealthIsNotRateLimited) {
  const api::Spec health = spec(api::Scope::open, "health", "/health");
  for (int i = 0; i < 500; ++i) {
    net::Request request;
    request.peer = "192.0.2.1";
    const Answer answer = ask(std::move(request), health);
    ASSERT_TRUE(answer.call);
    ASSERT_FALSE(answer.headers.has("RateLimit"));
  }
}

TEST_F(GatewayAdmissionTest, WithoutAuthCallersGet503) {
  told_->is_down = true;
  const Answer answer = ask(api::Scope::read, token("anna"));
  EXPECT_EQ(error_of(answer.call).reason, "unavailable.auth");
  EXPECT_EQ(error_of(answer.call).code, Code::unavailable) << "nothing is wrong with the token";
}

TEST(TrustedProxies, TakeTheRightmostAddressThatIsNoProxy) {
  const auto proxies = TrustedProxies::parse({"10.0.0.0/8", "192.0.2.1", "fd00::/8"});
  ASSERT_TRUE(proxies);
  const auto client = [&](std::string peer, std::vector<std::string> forwarded) {
    net::Request request;
    request.peer = std::move(peer);
    for (const std::string& value : forwarded) request.headers.add("X-Forwarded-For", value);
    return proxies->client_of(request);
  };
  EXPECT_EQ(client("203.0.113.9", {"1.2.3.4"}), "203.0.113.9") << "anybody can write it";
  EXPECT_EQ(client("10.1.2.3", {}), "10.1.2.3");
  EXPECT_EQ(client("10.1.2.3", {"1.2.3.4"}), "1.2.3.4");
  EXPECT_EQ(client("10.1.2.3", {"6.6.6.6, 1.2.3.4"}), "1.2.3.4") << "from the right";
  EXPECT_EQ(client("10.1.2.3", {"6.6.6.6, 1.2.3.4, 10.9.9.9 ,192.0.2.1"}), "1.2.3.4");
  EXPECT_EQ(client("10.1.2.3", {"6.6.6.6", "1.2.3.4"}), "1.2.3.4") << "two fields are one list";
  EXPECT_EQ(client("10.1.2.3", {"1.2.3.4, nonsense"}), "10.1.2.3");
  EXPECT_EQ(client("10.1.2.3", {"1.2.3.4:5678"}), "1.2.3.4");
  EXPECT_EQ(client("fd00::1", {"[2001:db8::7]:443"}), "2001:db8::7");
  EXPECT_EQ(client("::ffff:10.1.2.3", {"::ffff:1.2.3.4"}), "1.2.3.4");
  EXPECT_EQ(client("11.0.0.1", {"1.2.3.4"}), "11.0.0.1");
  for (const char* bad :
       {"", "10.0.0.0/33", "10.0.0.0/x", "fd00::/129", "example.org", "10.0.0.0/"}) {
    EXPECT_FALSE(TrustedProxies::parse({bad})) << bad;
  }
}

TEST(CrossOrigin, OnlyListedOriginsMayRead) {
  const CrossOrigin none({});
  const CrossOrigin listed({"https://app.example.org"});
  const auto look = [](const CrossOrigin& rules, net::Verb verb, std::string origin,
                       net::Headers& answer) {
    net::Request request;
    request.verb = verb;
    request.answer = &answer;
    if (!origin.empty()) request.headers.add("Origin", origin);
    if (verb == net::Verb::options) {
      request.headers.add("Access-Control-Request-Method", "POST");
    }
    return rules.look_at(request);
  };
  net::Headers answer;
  EXPECT_FALSE(look(none, net::Verb::get, "https://app.example.org", answer));
  EXPECT_EQ(answer.size(), 0U);

  EXPECT_FALSE(look(listed, net::Verb::get, "https://app.example.org", answer));
  EXPECT_EQ(answer.get("Access-Control-Allow-Origin"), "https://app.example.org");
  EXPECT_EQ(answer.get("Vary"), "Origin");
  EXPECT_FALSE(answer.has("Access-Control-Allow-Credentials"));

  for (const char* other : {"https://evil.example.org", "https://app.example.org.evil.org", "null",
                            "http://app.example.org", "https://app.example.org:8443", "*", ""}) {
    net::Headers refused;
    EXPECT_FALSE(look(listed, net::Verb::get, other, refused)) << other;
    EXPECT_FALSE(look(listed, net::Verb::options, other, refused)) << other;
    EXPECT_FALSE(refused.has("Access-Control-Allow-Origin")) << other;
    EXPECT_EQ(refused.get("Vary"), "Origin");
  }

  net::Headers preflight;
  const auto response = look(listed, net::Verb::options, "https://app.example.org", preflight);
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 204);
  EXPECT_EQ(preflight.get("Access-Control-Allow-Origin"), "https://app.example.org");
  EXPECT_NE(response->headers.get("Access-Control-Allow-Headers").find("Authorization"),
            std::string_view::npos);
}

TEST(SecurityHeaders, AreStrict) {
  const net::Headers plain = security_headers(false);
  EXPECT_EQ(plain.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(plain.get("X-Frame-Options"), "DENY");
  EXPECT_EQ(plain.get("Referrer-Policy"), "no-referrer");
  EXPECT_TRUE(plain.get("Content-Security-Policy").starts_with("default-src 'none'"));
  EXPECT_FALSE(plain.has("Strict-Transport-Security"));
  EXPECT_TRUE(security_headers(true).has("Strict-Transport-Security"));
}

}  // namespace
}  // namespace tg::gateway
