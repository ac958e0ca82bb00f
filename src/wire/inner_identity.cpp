#include "wire/inner_identity.hpp"

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "base/json_fields.hpp"

namespace tg::wire {
namespace {

constexpr std::string_view kIssuer = "telegnosis";
constexpr std::string_view kAudience = "telegnosis-services";
constexpr std::string_view kServiceType = "service+jwt";
constexpr std::string_view kPrincipalType = "principal+jwt";
constexpr std::string_view kKeysType = "keys+jwt";
constexpr std::string_view kBearer = "Bearer ";
constexpr std::chrono::minutes kServiceLife{5};
constexpr std::chrono::seconds kPrincipalLife{60};
constexpr std::chrono::seconds kFetchPause{1};
constexpr std::chrono::seconds kFetchTime{3};
constexpr std::size_t kRemembered = 10'000;

jwt::Seconds seconds_of(UnixMillis now) {
  return std::chrono::floor<std::chrono::seconds>(now);
}

jwt::Claims claims_of(std::string_view type, std::string subject, UnixMillis now,
                      std::chrono::seconds life) {
  return {.type = std::string(type),
          .issuer = std::string(kIssuer),
          .subject = std::move(subject),
          .audience = std::string(kAudience),
          .issued_at = seconds_of(now),
          .expires_at = seconds_of(now) + life};
}

jwt::Expectation expect(std::string_view type, UnixMillis now) {
  return {.type = type, .issuer = kIssuer, .audience = kAudience, .now = now};
}

json::Object words_of(const api::Principal& principal, const std::string& token_id) {
  return {{"role", json::enum_word(principal.role)},
          {"space", principal.space},
          {"token_id", token_id}};
}

Result<PrincipalKeys::Asserted> asserted_in(const jwt::Claims& claims) {
  const auto role = json::enum_of<api::Role>(json::text_in(claims.more, "role").value_or(""));
  if (!role || claims.subject.empty()) return jwt::refusal("an assertion without role or subject");
  return PrincipalKeys::Asserted{
      .principal = {.user_id = claims.subject,
                    .role = *role,
                    .space = json::text_in(claims.more, "space").value_or("")},
      .token_id = json::text_in(claims.more, "token_id").value_or("")};
}

class InnerCredentials final : public Credentials {
 public:
  InnerCredentials(std::shared_ptr<ServiceTokens> tokens, std::shared_ptr<PrincipalSigner> signer)
      : tokens_(std::move(tokens)), signer_(std::move(signer)) {}

  void sign(const api::Call& call, net::Headers& headers) override {
    headers.set("Authorization", std::string(kBearer) + tokens_->token());
    if (!call.client_address.empty()) headers.set(kClientHeader, call.client_address);
    if (call.principal.is_service) headers.set(kActsAsHeader, "service");
    if (!call.assertion.empty()) {
      headers.set(kPrincipalHeader, call.assertion);
    } else if (signer_ != nullptr && !call.principal.user_id.empty()) {
      headers.set(kPrincipalHeader, signer_->sign(call.principal, call.token_id));
    }
  }

 private:
  const std::shared_ptr<ServiceTokens> tokens_;
  const std::shared_ptr<PrincipalSigner> signer_;
};

class ServicesOnly final : public Admission {
 public:
  ServicesOnly(std::shared_ptr<ServiceTokens> tokens, std::shared_ptr<PrincipalKeys> keys)
      : tokens_(std::move(tokens)), keys_(std::move(keys)) {}

  Task<Result<api::Call>> admit(const net::Request* request, const api::Spec* spec) override {
    const std::string_view shown = request->headers.get("Authorization");
    if (!shown.starts_with(kBearer)) {
      TG_CO_TRY_VOID(api::check_scope({}, spec->needs));
      co_return api::Call{};
    }
    auto service = tokens_->verify(shown.substr(kBearer.size()));
    // Not the user's fault: the calling process has a different secret.
    if (!service) {
      co_return fail(Code::unauthorized, "unauthorized.service_token",
                     "a token of this installation's services is required", service.error().detail);
    }
    TG_CO_TRY(api::Call call, co_await call_for(request, *service));
    if (spec->needs != api::Scope::service)
      TG_CO_TRY_VOID(api::check_scope(call.principal, spec->needs));
    co_return call;
  }

 private:
  Task<Result<api::Call>> call_for(const net::Request* request, std::string service) {
    const bool acts_as_service = request->headers.get(kActsAsHeader) == "service";
    api::Call call{.client_address = std::string(request->headers.get(kClientHeader)),
                   .assertion = std::string(request->headers.get(kPrincipalHeader))};
    if (!call.assertion.empty()) {
      TG_CO_TRY(auto asserted, co_await keys_->verify(call.assertion));
      call.principal = std::move(asserted.principal);
      call.token_id = std::move(asserted.token_id);
    } else if (acts_as_service) {
      call.principal = {.user_id = std::move(service), .role = api::Role::admin, .space = ""};
    }
    call.principal.is_service = acts_as_service;
    co_return call;
  }

  const std::shared_ptr<ServiceTokens> tokens_;
  const std::shared_ptr<PrincipalKeys> keys_;
};

Task<void> answer_keys(std::shared_ptr<ServiceTokens> tokens,
                       std::shared_ptr<PrincipalSigner> signer, net::ResponseWriter* writer) {
  const json::Array keys{encode_base64url(signer->key().public_bytes())};
  net::Response response{.body = tokens->seal(kKeysType, {{"keys", keys}})};
  response.headers.add("Content-Type", "application/jwt");
  response.headers.add("Cache-Control", "no-store");
  co_await writer->send(std::move(response));
}

Result<jwt::KeySet> keys_in(const json::Object& content) {
  jwt::KeySet keys;
  const json::Value* list = content.if_contains("keys");
  if (list == nullptr || !list->is_array()) return jwt::refusal("no keys");
  for (const json::Value& item : list->get_array()) {
    const auto bytes = item.is_string() ? decode_base64url(item.get_string()) : std::nullopt;
    if (!bytes) return jwt::refusal("a broken key");
    TG_TRY(auto key, jwt::VerifyingKey::ed25519(*bytes));
    keys.add(std::move(key));
  }
  return keys;
}

Task<Result<jwt::KeySet>> fetch_keys(std::shared_ptr<net::Client> client, std::string url,
                                     std::shared_ptr<ServiceTokens> tokens) {
  TG_CO_TRY(const net::Response response,
            co_await client->send({.url = url,
                                   .deadline = std::chrono::steady_clock::now() + kFetchTime,
                                   .repeatable = true}));
  if (response.status != 200) co_return unavailable("gateway", "it returned no keys");
  TG_CO_TRY(const json::Object content, tokens->open(kKeysType, response.body));
  co_return keys_in(content);
}

}  // namespace

ServiceTokens::ServiceTokens(jwt::SigningKey shared, std::string own_name, const Clock& clock)
    : shared_(std::move(shared)), own_name_(std::move(own_name)), clock_(clock) {
  keys_.add(shared_);
}

std::string ServiceTokens::token() {
  const UnixMillis now = clock_.wall();
  const std::scoped_lock lock(mutex_);
  if (token_.empty() || now >= renew_after_) {
    token_ = jwt::sign(claims_of(kServiceType, own_name_, now, kServiceLife), shared_);
    renew_after_ = now + kServiceLife / 2;
  }
  return token_;
}

Result<std::string> ServiceTokens::verify(std::string_view token) const {
  TG_TRY(auto claims, jwt::verify(token, keys_, expect(kServiceType, clock_.wall())));
  if (claims.subject.empty()) return jwt::refusal("a service token without a name");
  return std::move(claims.subject);
}

std::string ServiceTokens::seal(std::string_view type, json::Object content) const {
  auto claims = claims_of(type, own_name_, clock_.wall(), kServiceLife);
  claims.more = std::move(content);
  return jwt::sign(claims, shared_);
}

Result<json::Object> ServiceTokens::open(std::string_view type, std::string_view sealed) const {
  TG_TRY(auto claims, jwt::verify(sealed, keys_, expect(type, clock_.wall())));
  return std::move(claims.more);
}

PrincipalSigner::PrincipalSigner(jwt::SigningKey own, const Clock& clock)
    : own_(std::move(own)), clock_(clock) {}

std::string PrincipalSigner::sign(const api::Principal& principal, const std::string& token_id) {
  const UnixMillis now = clock_.wall();
  const std::string key = fmt::format("{}\n{}\n{}\n{}", principal.user_id,
                                      json::enum_word(principal.role), principal.space, token_id);
  {
    const std::scoped_lock lock(mutex_);
    const auto found = made_.find(key);
    if (found != made_.end() && now < found->second.renew_after) return found->second.assertion;
  }
  auto claims = claims_of(kPrincipalType, principal.user_id, now, kPrincipalLife);
  claims.more = words_of(principal, token_id);
  std::string assertion = jwt::sign(claims, own_);
  const std::scoped_lock lock(mutex_);
  if (made_.size() >= kRemembered) made_.clear();
  made_[key] = {assertion, now + kPrincipalLife / 2};
  return assertion;
}

PrincipalKeys::PrincipalKeys(Fetch fetch, const Clock& clock)
    : fetch_(std::move(fetch)), clock_(clock) {}

std::optional<PrincipalKeys::Asserted> PrincipalKeys::remembered(
    const std::string& assertion) const {
  const std::scoped_lock lock(mutex_);
  const auto found = known_.find(assertion);
  if (found == known_.end() || clock_.wall() >= found->second.expires_at) return std::nullopt;
  return found->second.asserted;
}

void PrincipalKeys::remember(const std::string& assertion, const Asserted& asserted,
                             UnixMillis expires_at) {
  const std::scoped_lock lock(mutex_);
  if (known_.size() >= kRemembered) known_.clear();
  known_[assertion] = {asserted, expires_at};
}

Result<PrincipalKeys::Asserted> PrincipalKeys::check(const std::string& assertion) {
  const jwt::KeySet keys = [this] {
    const std::scoped_lock lock(mutex_);
    return keys_;
  }();
  TG_TRY(const auto claims, jwt::verify(assertion, keys, expect(kPrincipalType, clock_.wall())));
  TG_TRY(Asserted asserted, asserted_in(claims));
  remember(assertion, asserted, claims.expires_at);
  return asserted;
}

std::uint64_t PrincipalKeys::fetches_begun() const {
  const std::scoped_lock lock(mutex_);
  return begun_;
}

// Decides what a call with an unknown key does next.
PrincipalKeys::Turn PrincipalKeys::next_turn(std::uint64_t begun_at_arrival) {
  const std::scoped_lock lock(mutex_);
  if (fetching_) return Turn::wait;
  if (latest_ > begun_at_arrival) {
    pause_until_ = clock_.wall() + kFetchPause;
    return Turn::refuse;
  }
  if (clock_.wall() < pause_until_) return Turn::pause;
  fetching_ = true;
  failure_.reset();
  ++begun_;
  return Turn::fetch;
}

Task<Result<void>> PrincipalKeys::fetch() {
  // Also when this coroutine is cancelled: then a call that waits begins the next fetch.
  struct Guard {
    PrincipalKeys& keys;
    bool done = false;
    ~Guard() {
      if (!done) keys.fetched(std::nullopt);
    }
  } guard{*this};
  auto keys = co_await fetch_();
  if (!keys) keys = unavailable("gateway", keys.error().message + " " + keys.error().detail);
  guard.done = true;
  fetched(keys);
  if (!keys) co_return std::unexpected(std::move(keys).error());
  co_return Result<void>();
}

// nullopt: the fetch was cancelled.
void PrincipalKeys::fetched(std::optional<Result<jwt::KeySet>> outcome) {
  {
    const std::scoped_lock lock(mutex_);
    fetching_ = false;
    if (outcome && *outcome) {
      keys_ = **std::move(outcome);
      latest_ = begun_;
    } else if (outcome) {
      failure_ = std::move(*outcome).error();
    }
  }
  fetched_.notify();
}

std::optional<Error> PrincipalKeys::failure() const {
  const std::scoped_lock lock(mutex_);
  return failure_;
}

Task<Result<PrincipalKeys::Asserted>> PrincipalKeys::verify(std::string assertion) {
  if (auto known = remembered(assertion)) co_return *std::move(known);
  const std::uint64_t begun_at_arrival = fetches_begun();
  while (true) {
    const auto seen = fetched_.version();
    auto asserted = check(assertion);
    if (asserted || !jwt::is_unknown_key(asserted.error())) co_return asserted;
    switch (next_turn(begun_at_arrival)) {
      case Turn::refuse:
        co_return asserted;
      case Turn::pause:
        co_return unavailable("gateway", "its keys were fetched just now");
      case Turn::fetch:
        TG_CO_TRY_VOID(co_await fetch());
        break;
      case Turn::wait:
        co_await fetched_.wait_after(seen, kFetchTime);
        if (auto failed = failure()) co_return std::unexpected(*std::move(failed));
        break;
    }
  }
}

std::shared_ptr<Credentials> inner_credentials(std::shared_ptr<ServiceTokens> tokens,
                                               std::shared_ptr<PrincipalSigner> signer) {
  return std::make_shared<InnerCredentials>(std::move(tokens), std::move(signer));
}

std::shared_ptr<Admission> admit_services(std::shared_ptr<ServiceTokens> tokens,
                                          std::shared_ptr<PrincipalKeys> keys) {
  return std::make_shared<ServicesOnly>(std::move(tokens), std::move(keys));
}

void mount_principal_key(net::Router& router, std::shared_ptr<ServiceTokens> tokens,
                         std::shared_ptr<PrincipalSigner> signer) {
  router.add({.verb = net::Verb::get,
              .pattern = std::string(kKeysPath),
              .options = {},
              .handler = [tokens, signer](net::Request*, net::ResponseWriter* writer) {
                return answer_keys(tokens, signer, writer);
              }});
}

PrincipalKeys::Fetch fetch_principal_keys(std::shared_ptr<net::Client> client,
                                          std::string gateway_url,
                                          std::shared_ptr<ServiceTokens> tokens) {
  return [client, url = gateway_url + std::string(kKeysPath), tokens] {
    return fetch_keys(client, url, tokens);
  };
}

}  // namespace tg::wire
