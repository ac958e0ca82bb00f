#include "contract/callers.hpp"

namespace tg::contract {
namespace {

constexpr std::string_view kSecret = "a secret of the whole installation";
constexpr std::string_view kForeignSecret = "another installation's own secret";

std::shared_ptr<wire::ServiceTokens> tokens_of(std::string_view secret, const Clock& clock) {
  return std::make_shared<wire::ServiceTokens>(*jwt::SigningKey::hmac(secret), "gateway", clock);
}

std::shared_ptr<wire::PrincipalSigner> signer_of(char seed, const Clock& clock) {
  return std::make_shared<wire::PrincipalSigner>(*jwt::SigningKey::ed25519(std::string(32, seed)),
                                                 clock);
}

Task<Result<jwt::KeySet>> gateway_keys() {
  const auto key = jwt::SigningKey::ed25519(std::string(32, 'g'));
  jwt::KeySet keys;
  keys.add(*jwt::VerifyingKey::ed25519(key->public_bytes()));
  co_return keys;
}

int refused(api::Scope) {
  return 401;
}

int nobody(api::Scope scope) {
  return scope == api::Scope::open ? 0 : 401;
}

}  // namespace

Callers::Callers()
    : long_ago_(now_.wall() - std::chrono::hours(1)),
      tokens_(tokens_of(kSecret, now_)),
      expired_tokens_(tokens_of(kSecret, long_ago_)),
      foreign_tokens_(tokens_of(kForeignSecret, now_)),
      signer_(signer_of('g', now_)),
      expired_signer_(signer_of('g', long_ago_)),
      foreign_signer_(signer_of('f', now_)),
      admission_(wire::admit_services(
          tokens_, std::make_shared<wire::PrincipalKeys>([] { return gateway_keys(); }, now_))) {
  add_known();
  add_strangers();
}

net::Headers Callers::as(const std::shared_ptr<wire::ServiceTokens>& tokens,
                         const std::shared_ptr<wire::PrincipalSigner>& signer,
                         const api::Principal& principal) const {
  net::Headers headers;
  wire::inner_credentials(tokens, signer)->sign({.principal = principal}, headers);
  return headers;
}

void Callers::add_known() {
  for (const api::Role role : {api::Role::viewer, api::Role::user, api::Role::admin}) {
    const api::Principal principal{.user_id = "u-1", .role = role};
    callers_.push_back({fmt::format("a {}", json::enum_word(role)),
                        [this, principal] { return as(tokens_, signer_, principal); },
                        [role](api::Scope scope) {
                          if (scope == api::Scope::admin) return role == api::Role::admin ? 0 : 403;
                          if (scope == api::Scope::write)
                            return role == api::Role::viewer ? 403 : 0;
                          return 0;  // the gateway is a service
                        }});
  }
  callers_.push_back({"a service for itself",
                      [this] { return as(tokens_, nullptr, {.is_service = true}); },
                      [](api::Scope) { return 0; }});
  callers_.push_back(
      {"a service for nobody", [this] { return as(tokens_, signer_, {}); },
       [](api::Scope scope) { return scope == api::Scope::service ? 0 : nobody(scope); }});
}

void Callers::add_strangers() {
  const api::Principal admin{.user_id = "u-1", .role = api::Role::admin};
  callers_.push_back({"no token", [] { return net::Headers(); }, nobody});
  callers_.push_back({"headers that claim",
                      [this, admin] {
                        net::Headers headers = as(tokens_, signer_, admin);
                        headers.remove("Authorization");
                        headers.set(wire::kActsAsHeader, "service");
                        headers.set("X-User-Id", "u-1");
                        headers.set("X-User-Role", "admin");
                        return headers;
                      },
                      nobody});
  callers_.push_back({"another scheme",
                      [] { return net::Headers{{"Authorization", "Basic YWRtaW46YWRtaW4="}}; },
                      nobody});
  callers_.push_back(
      {"an expired service", [=, this] { return as(expired_tokens_, signer_, admin); }, refused});
  callers_.push_back(
      {"a foreign service", [=, this] { return as(foreign_tokens_, signer_, admin); }, refused});
  callers_.push_back(
      {"an expired user", [=, this] { return as(tokens_, expired_signer_, admin); }, refused});
  callers_.push_back(
      {"a foreign user", [=, this] { return as(tokens_, foreign_signer_, admin); }, refused});
}

int Callers::check(Loops& loops, net::Client& client, const std::string& url, const api::Spec& spec,
                   const wire::Outgoing& request) {
  for (const Caller& caller : callers_) {
    SCOPED_TRACE(caller.who);
    now_.advance(std::chrono::seconds(2));  // allows fetching the keys again
    long_ago_.advance(std::chrono::seconds(2));
    const RawAnswer answer = send_raw(loops, client, url, spec, request, caller.headers());
    const int expected = caller.expected(spec.needs);
    EXPECT_EQ(answer.response.status, expected == 0 ? spec.status : expected)
        << answer.response.body;
    EXPECT_EQ(answer.response.headers.has("WWW-Authenticate"), expected == 401);
  }
  return static_cast<int>(callers_.size());
}

}  // namespace tg::contract
