// Authentication of calls between the processes of an installation.
//
// Every internal call carries a service token (HS256 with the secret that all processes share),
// which proves that the caller is a service of this installation. On whose behalf it calls is an
// assertion by the gateway (EdDSA with the gateway's own key): signed once, passed on unchanged
// from process to process, and impossible to forge for other services. Headers that merely claim a
// user are ignored.
//
//   auto tokens = std::make_shared<wire::ServiceTokens>(*key, "gateway", clock);
//   auto signer = std::make_shared<wire::PrincipalSigner>(own_key, clock);
//   auto credentials = wire::inner_credentials(tokens, signer);        // signer: the gateway alone
//   auto admission = wire::admit_services(tokens, std::make_shared<wire::PrincipalKeys>(...));
//
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/jwt.hpp"
#include "net/client.hpp"
#include "runtime/notifier.hpp"
#include "wire/mount.hpp"
#include "wire/remote.hpp"

namespace tg::wire {

inline constexpr std::string_view kPrincipalHeader = "X-Telegnosis-Principal";
inline constexpr std::string_view kActsAsHeader = "X-Telegnosis-Acts-As";
inline constexpr std::string_view kClientHeader = "X-Telegnosis-Client";

// Issues and verifies service tokens.
class ServiceTokens {
 public:
  // `shared`: an HS256 key of the installation's secret; `own_name`: "gateway", "document", ...
  ServiceTokens(jwt::SigningKey shared, std::string own_name, const Clock& clock);
  // Valid for a few minutes; reused for half of its lifetime.
  std::string token();
  // The name of the service that presents the token. Error: unauthorized.
  Result<std::string> verify(std::string_view token) const;
  // Signed content that only a process of this installation can have written.
  std::string seal(std::string_view type, json::Object content) const;
  Result<json::Object> open(std::string_view type, std::string_view sealed) const;

 private:
  const jwt::SigningKey shared_;
  const std::string own_name_;
  const Clock& clock_;
  jwt::KeySet keys_;
  std::mutex mutex_;
  std::string token_;       // guarded by mutex_
  UnixMillis renew_after_;  // guarded by mutex_
};

// Signs the gateway's assertions of principals. Signing costs tens of microseconds, so an assertion
// is reused for half of its lifetime.
class PrincipalSigner {
 public:
  PrincipalSigner(jwt::SigningKey own, const Clock& clock);
  std::string sign(const api::Principal& principal, const std::string& token_id);
  const jwt::SigningKey& key() const { return own_; }

 private:
  struct Made {
    std::string assertion;
    UnixMillis renew_after;
  };
  const jwt::SigningKey own_;
  const Clock& clock_;
  std::mutex mutex_;
  std::unordered_map<std::string, Made> made_;  // guarded by mutex_
};

// Verifies assertions with the gateways' public keys, which are fetched when an assertion names an
// unknown one; calls that arrive during a fetch wait for it. A key that is still unknown after a
// fetch begun later than the call is rejected, and fetching pauses for a second. Verified
// assertions are cached until they expire.
class PrincipalKeys {
 public:
  using Fetch = std::function<Task<Result<jwt::KeySet>>()>;
  struct Asserted {
    api::Principal principal;
    std::string token_id;
  };

  PrincipalKeys(Fetch fetch, const Clock& clock);
  // Errors: unauthorized; unavailable (the keys cannot be fetched).
  Task<Result<Asserted>> verify(std::string assertion);

 private:
  struct Known {
    Asserted asserted;
    UnixMillis expires_at;
  };
  enum class Turn { fetch, wait, refuse, pause };
  Result<Asserted> check(const std::string& assertion);
  std::optional<Asserted> remembered(const std::string& assertion) const;
  void remember(const std::string& assertion, const Asserted& asserted, UnixMillis expires_at);
  std::uint64_t fetches_begun() const;
  Turn next_turn(std::uint64_t begun_at_arrival);
  Task<Result<void>> fetch();
  void fetched(std::optional<Result<jwt::KeySet>> outcome);
  std::optional<Error> failure() const;

  const Fetch fetch_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  jwt::KeySet keys_;                              // guarded by mutex_
  bool fetching_ = false;                         // guarded by mutex_
  std::uint64_t begun_ = 0;                       // guarded by mutex_: fetches
  std::uint64_t latest_ = 0;                      // guarded by mutex_: the fetch keys_ came from
  std::optional<Error> failure_;                  // guarded by mutex_: of the latest fetch
  UnixMillis pause_until_;                        // guarded by mutex_
  std::unordered_map<std::string, Known> known_;  // guarded by mutex_
  Notifier fetched_;
};

// Credentials of a process. Without `signer` it can only forward assertions: calls on behalf of a
// user that arrived without one are rejected by the other side.
std::shared_ptr<Credentials> inner_credentials(std::shared_ptr<ServiceTokens> tokens,
                                               std::shared_ptr<PrincipalSigner> signer = nullptr);
// Admission to a service's own port: services of this installation, on their own behalf or that of
// an asserted principal. Endpoints of Scope::open need no authentication.
std::shared_ptr<Admission> admit_services(std::shared_ptr<ServiceTokens> tokens,
                                          std::shared_ptr<PrincipalKeys> keys);

// Serves the gateway's public key to its services, signed with the shared secret.
inline constexpr std::string_view kKeysPath = "/.well-known/telegnosis-keys";
void mount_principal_key(net::Router& router, std::shared_ptr<ServiceTokens> tokens,
                         std::shared_ptr<PrincipalSigner> signer);
// Fetches it from there.
PrincipalKeys::Fetch fetch_principal_keys(std::shared_ptr<net::Client> client,
                                          std::string gateway_url,
                                          std::shared_ptr<ServiceTokens> tokens);

}  // namespace tg::wire
