// All kinds of callers of a service's port, with the status that each endpoint must return to them:
// every role asserted by the gateway, services, anonymous callers, expired and foreign credentials,
// headers that only claim an identity.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "contract/cases.hpp"
#include "wire/inner_identity.hpp"

namespace tg::contract {

class Callers {
 public:
  Callers();
  std::shared_ptr<wire::Admission> admission() const { return admission_; }
  // Sends the request as each caller; returns the number of callers.
  int check(Loops& loops, net::Client& client, const std::string& url, const api::Spec& spec,
            const wire::Outgoing& request);

 private:
  struct Caller {
    std::string who;
    std::function<net::Headers()> headers;
    // The status of an endpoint with this scope; 0: success.
    std::function<int(api::Scope)> expected;
  };
  void add_known();
  void add_strangers();
  net::Headers as(const std::shared_ptr<wire::ServiceTokens>& tokens,
                  const std::shared_ptr<wire::PrincipalSigner>& signer,
                  const api::Principal& principal) const;

  FakeClock now_;
  FakeClock long_ago_;
  std::shared_ptr<wire::ServiceTokens> tokens_;
  std::shared_ptr<wire::ServiceTokens> expired_tokens_;
  std::shared_ptr<wire::ServiceTokens> foreign_tokens_;
  std::shared_ptr<wire::PrincipalSigner> signer_;
  std::shared_ptr<wire::PrincipalSigner> expired_signer_;
  std::shared_ptr<wire::PrincipalSigner> foreign_signer_;
  std::shared_ptr<wire::Admission> admission_;
  std::vector<Caller> callers_;
};

}  // namespace tg::contract
