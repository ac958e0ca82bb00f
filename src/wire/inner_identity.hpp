// Who calls from one process of an installation to another, and for whom.
//
// Every inner call carries a service token (HS256 over the secret that all processes share): it
// proves that a service of this installation calls. For whom it calls is a statement of the
// gateway's (EdDSA with the gateway's own key): it is made once, handed on from process to process
// as it is, and nobody but the gateway can make one. Headers that merely claim a user are not read.
//
//   auto tokens = std::make_shared<wire::ServiceTokens>(*key, "gateway", clock);
//   auto signer = std::make_shared<wire::PrincipalSigner>(own_key, clock);
//   auto credentials = wire::inner_credentials(tokens, signer);        // signer: the gateway alone
//   auto admission = wire::admit_services(tokens, std::make_shared<wire::PrincipalKeys>(...));
//
// All thread-safe.
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

// Tokens of the calling process, and what others show.
class ServiceTokens {
 public:
  // `shared`: an HS256 key of the installation's secret; `own_name`: "gateway", "document", ...
  ServiceTokens(jwt::SigningKey shared, std::string own_name, const Clock& clock);
  // Good for a few minutes; the same one until half of them are over.
  std::string token();
  // The name of the service that shows it.
  Result<std::string> verify(std::string_view token) const;
  // Something that only a process of this installation can have written.
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

// The gateway's statements about who asks. Signing costs some tens of microseconds, so that a
// session's statement is made anew only when half its life is over.
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

// The gateways' public keys, fetched when an assertion names an unknown one; calls that come during
// a fetch wait for it. A key that is unknown even to a fetch begun after its call arrived is refused,
// and no other is fetched for a second. Verified assertions are cached until they expire.
class PrincipalKeys {
 public:
  using Fetch = std::function<Task<Result<jwt::KeySet>>()>;
  struct Asserted {
    api::Principal principal;
    std::string token_id;
  };

  PrincipalKeys(Fetch fetch, const Clock& clock);
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

// Credentials of a process. Without `signer` it can only hand assertions on: a call for a user that
// came without one is refused by the other side.
std::shared_ptr<Credentials> inner_credentials(std::shared_ptr<ServiceTokens> tokens,
                                               std::shared_ptr<PrincipalSigner> signer = nullptr);
// A service's own port: services of this installation, for themselves or for whom the gateway says;
// endpoints of Scope::open for everybody.
std::shared_ptr<Admission> admit_services(std::shared_ptr<ServiceTokens> tokens,
                                          std::shared_ptr<PrincipalKeys> keys);

// The gateway's public key where its services find it, sealed with the shared secret.
inline constexpr std::string_view kKeysPath = "/.well-known/telegnosis-keys";
void mount_principal_key(net::Router& router, std::shared_ptr<ServiceTokens> tokens,
                         std::shared_ptr<PrincipalSigner> signer);
// Fetches it from there.
PrincipalKeys::Fetch fetch_principal_keys(std::shared_ptr<net::Client> client,
                                          std::string gateway_url,
                                          std::shared_ptr<ServiceTokens> tokens);

}  // namespace tg::wire
