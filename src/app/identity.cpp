#include "app/identity.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

#include "app/services.hpp"
#include "app/settings.hpp"
#include "base/encoding.hpp"
#include "base/ids.hpp"

namespace tg::app {
namespace {

Result<std::string> secret_of(const ServiceSettings& settings, bool is_alone) {
  if (!settings.service_secret.empty()) return settings.service_secret;
  if (is_alone) return random_hex(32);
  return invalid("SERVICE_SECRET",
                 "must be set when a process runs only some of the services (--only): all "
                 "processes of an installation share it; create one with `openssl rand -hex 32`");
}

// Assertions of the gateway are verified with its own key if it runs here, otherwise with the
// public key that it serves to holders of the secret.
wire::PrincipalKeys::Fetch keys_of(const Identity& identity, const std::string& gateway_url,
                                   std::shared_ptr<net::Client> client) {
  if (!identity.signer && !gateway_url.empty())
    return wire::fetch_principal_keys(std::move(client), gateway_url, identity.tokens);
  return [signer = identity.signer]() -> Task<Result<jwt::KeySet>> {
    return [](std::shared_ptr<wire::PrincipalSigner> from) -> Task<Result<jwt::KeySet>> {
      if (!from) co_return unavailable("gateway", "GATEWAY_URL is not set");
      jwt::KeySet keys;
      keys.add(from->key());
      co_return keys;
    }(signer);
  };
}

}  // namespace

Result<Identity> make_identity(const Config& config, const std::vector<std::string>& only,
                               std::shared_ptr<net::Client> client, const Clock& clock) {
  const auto settings = config.read<ServiceSettings>();
  const bool is_alone = only.empty() || only.size() == kServiceNames.size();
  TG_TRY(const std::string secret, secret_of(settings, is_alone));
  TG_TRY(auto shared, jwt::SigningKey::hmac(secret));
  Identity identity;
  identity.local_key = random_hex(32);
  identity.tokens = std::make_shared<wire::ServiceTokens>(
      std::move(shared), only.empty() ? std::string("telegnosis") : only.front(), clock);
  if (only.empty() || std::ranges::find(only, "gateway") != only.end()) {
    TG_TRY(auto own, jwt::SigningKey::ed25519(decode_hex(random_hex(32)).value_or("")));
    identity.signer = std::make_shared<wire::PrincipalSigner>(std::move(own), clock);
  }
  identity.keys = std::make_shared<wire::PrincipalKeys>(
      keys_of(identity, settings.gateway_url, std::move(client)), clock);
  identity.credentials = wire::inner_credentials(identity.tokens, identity.signer);
  return identity;
}

}  // namespace tg::app
