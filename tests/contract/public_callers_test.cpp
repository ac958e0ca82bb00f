// Authorization at the public entry: every endpoint of every contract, under both prefixes, called
// by every role, without a token, and with expired, foreign and malformed tokens.
#include <set>

#include "contract/cases.hpp"
#include "contract/whole_gateway.hpp"
#include "service/gateway/admission_fixture.hpp"
#include "service/gateway/gateway_admission.hpp"
#include "wire/inner_identity.hpp"

namespace tg::contract {
namespace {

class PublicAdmission final : public wire::Admission {
 public:
  PublicAdmission(api::Auth& auth, const Clock& clock)
      : tokens_(auth, clock, {}), limits_(clock, unlimited()) {}
  Task<Result<api::Call>> admit(const net::Request* request, const api::Spec* spec) override {
    return admission_.admit(request, spec);
  }

 private:
  static gateway::GatewaySettings unlimited() {
    gateway::GatewaySettings settings;
    settings.rate_limit_per_minute = settings.rate_limit_per_hour = settings.rate_limit_per_day = 0;
    settings.rate_limit_generate_per_minute = settings.rate_limit_generate_per_hour = 0;
    settings.rate_limit_query_per_minute = settings.rate_limit_query_per_hour = 0;
    settings.rate_limit_upload_per_minute = settings.rate_limit_upload_per_hour = 0;
    settings.rate_limit_login_per_minute = settings.rate_limit_login_per_hour = 0;
    return settings;
  }

  gateway::AccessTokens tokens_;
  gateway::RateLimits limits_;
  gateway::GatewayAdmission admission_{tokens_, limits_, *gateway::TrustedProxies::parse({})};
};

class PublicCallersTest : public gateway::AdmissionFixture {
 protected:
  struct Caller {
    std::string who;
    net::Headers headers;
    // The status of an endpoint with this scope; 0: success.
    std::function<int(api::Scope)> expected;
  };

  PublicCallersTest() {
    auto router = std::make_shared<net::Router>();
    gateway_.mount(*router, std::make_shared<PublicAdmission>(auth_, clock_));
    server_ = std::make_unique<net::Server>(loops_, net::ServerSettings{}, router, system_clock_);
    WholeGateway::each_row([this]<auto M>(const api::Endpoint<M>& row) {
      if (row.spec.through_gateway) public_routes_.insert(route(row.spec));
    });
    loops_.start();
    EXPECT_TRUE(server_->start());
    url_ = "http://127.0.0.1:" + std::to_string(server_->port());
  }
  ~PublicCallersTest() override {
    server_->drain(std::chrono::milliseconds(0));
    loops_.stop();
  }

  static net::Headers bearer(const std::string& token) {
    return {{"Authorization", "Bearer " + token}};
  }
  static int nobody(api::Scope scope) { return scope == api::Scope::open ? 0 : 401; }

  std::vector<Caller> callers() const {
    using api::Role;
    using api::Scope;
    api::AccessToken expired = token_of("old", Role::admin);
    expired.issued_at -= std::chrono::hours(2);
    expired.expires_at -= std::chrono::hours(2);
    const auto foreign_key = *jwt::SigningKey::ed25519(std::string(32, 'x'));
    const auto foreign = api::sign_access_token(token_of("admin", Role::admin), foreign_key);
    return {
        {"a viewer", bearer(token("v", Role::viewer)),
         [](Scope scope) { return scope == Scope::open || scope == Scope::read ? 0 : 403; }},
        {"a user", bearer(token("u", Role::user)),
         [](Scope scope) { return scope == Scope::admin ? 403 : 0; }},
        {"an admin", bearer(token("a", Role::admin)), [](Scope) { return 0; }},
        {"no token", {}, nobody},
        {"an expired token", bearer(sign(expired)), nobody},
        {"a foreign token", bearer(foreign), nobody},
        {"no JWT at all", bearer("telegnosis"), nobody},
        {"headers that claim a user",
         {{"X-User-Id", "u"},
          {"X-User-Role", "admin"},
          {std::string(wire::kActsAsHeader), "service"}},
         nobody},
    };
  }

  static std::string route(const api::Spec& spec) {
    return fmt::format("{} {}", api::method_word(spec.method), spec.path);
  }

  template <auto M>
  void check(const api::Spec& spec) {
    // An internal row may have the route of another contract's public row (GET /health).
    if (!spec.through_gateway && public_routes_.contains(route(spec))) return;
    const wire::Outgoing request =
        raw_request(spec, wire::kFields<M>, values_of<M>(Samples().make<api::InOf<M>>()));
    for (const std::string& prefix : kPublicPrefixes) {
      for (const Caller& caller : callers()) {
        SCOPED_TRACE(fmt::format("{} at {}", caller.who, prefix));
        const RawAnswer answer =
            send_raw(loops_, *client_, url_ + prefix, spec, request, caller.headers);
        const int status = answer.response.status;
        ++cells_;
        if (!spec.through_gateway) {
          // No such path, or only with other methods.
          EXPECT_TRUE(status == 404 || status == 405) << status << " " << answer.response.body;
          continue;
        }
        EXPECT_NE(spec.needs, api::Scope::service) << "a row for services at the public entry";
        const int expected = caller.expected(spec.needs);
        EXPECT_EQ(status, expected == 0 ? spec.status : expected) << answer.response.body;
        EXPECT_EQ(answer.response.headers.has("WWW-Authenticate"), expected == 401);
      }
    }
  }

  Loops loops_{1};
  SystemClock system_clock_;
  WholeGateway gateway_;
  std::unique_ptr<net::Server> server_;
  std::shared_ptr<net::Client> client_ = std::make_shared<net::Client>();
  std::string url_;
  std::set<std::string> public_routes_;
  int cells_ = 0;
};

TEST_F(PublicCallersTest, AreAdmittedByScope) {
  WholeGateway::each_row([&]<auto M>(const api::Endpoint<M>& row) {
    SCOPED_TRACE(route(row.spec));
    check<M>(row.spec);
  });
  fmt::print("the gateway: {} cells of callers and endpoints\n", cells_);
}

}  // namespace
}  // namespace tg::contract
