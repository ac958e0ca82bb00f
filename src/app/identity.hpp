// Who this process is to the other processes of the installation, and whom it believes. One process
// alone needs no secret: it makes one that dies with it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "runtime/config.hpp"
#include "wire/inner_identity.hpp"

namespace tg::app {

struct Identity {
  std::string local_key;  // of the data folder's owner, for the run files
  std::shared_ptr<wire::ServiceTokens> tokens;
  std::shared_ptr<wire::PrincipalSigner> signer;  // null where the gateway does not run here
  std::shared_ptr<wire::PrincipalKeys> keys;
  std::shared_ptr<wire::Credentials> credentials;  // for calls to other processes
};

// `only`: the services of this process; empty: all. Code::validation without SERVICE_SECRET where
// others run elsewhere. `clock` and `client` are the process's.
Result<Identity> make_identity(const Config& config, const std::vector<std::string>& only,
                               std::shared_ptr<net::Client> client, const Clock& clock);

}  // namespace tg::app
