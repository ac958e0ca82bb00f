// How this process authenticates to the other processes of the installation, and how it verifies
// theirs. A process that runs all services needs no configured secret: it creates a temporary one.
// Thread-safe once made.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/config.hpp"
#include "wire/inner_identity.hpp"

namespace tg::app {

struct Identity {
  std::string local_key;  // the data folder owner's key, for the run files
  std::shared_ptr<wire::ServiceTokens> tokens;
  std::shared_ptr<wire::PrincipalSigner> signer;  // null if the gateway runs elsewhere
  std::shared_ptr<wire::PrincipalKeys> keys;
  std::shared_ptr<wire::Credentials> credentials;  // for calls to other processes
};

// `only`: the services of this process; empty: all. `clock` must outlive the result.
// Code::validation if some services run elsewhere and SERVICE_SECRET is not set.
Result<Identity> make_identity(const Config& config, const std::vector<std::string>& only,
                               std::shared_ptr<net::Client> client, const Clock& clock);

}  // namespace tg::app
