#include "app/settings.hpp"

#include <arpa/inet.h>

namespace tg::app {
namespace {

// The bits of the address family, 0 for no address.
int address_bits(const std::string& address) {
  in6_addr bytes{};
  if (::inet_pton(AF_INET, address.c_str(), &bytes) == 1) return 32;
  return ::inet_pton(AF_INET6, address.c_str(), &bytes) == 1 ? 128 : 0;
}

}  // namespace

const Schema& settings_schema() {
  static const Schema schema = [] {
    Schema made;
    made.add<ServerSettings>()
        .add<DataSettings>()
        .add<log::Settings>()
        .add<ServiceSettings>()
        .add<AccountSettings>()
        .add<GatewaySettings>()
        .add<TelegramSettings>()
        .add<RetrievalSettings>();
    return made;
  }();
  return schema;
}

bool is_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const int bits = address_bits(std::string(text.substr(0, slash)));
  if (bits == 0 || slash == std::string_view::npos) return bits != 0;
  const Setting length = Setting("").range(0, bits);
  return setting::read<int>(length, text.substr(slash + 1)).has_value();
}

bool is_origin(std::string_view text) {
  if (!is_http_url(text)) return false;
  return text.find('/', text.find("://") + 3) == std::string_view::npos;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

Result<void> check_settings(const ServerSettings& settings) {
  const bool has_certificate = !settings.tls_certificate.empty();
  if (has_certificate != !settings.tls_key.empty()) {
    return invalid(has_certificate ? "TLS_KEY" : "TLS_CERTIFICATE",
                   "TLS needs both TLS_CERTIFICATE and TLS_KEY");
  }
  if (!is_loopback(settings.listen_address) && !has_certificate && !settings.allow_plain_http) {
    return invalid("LISTEN_ADDRESS",
                   settings.listen_address +
                       " can be reached from other machines: set TLS_CERTIFICATE and TLS_KEY, or "
                       "ALLOW_PLAIN_HTTP=true behind a proxy that ends TLS");
  }
  return {};
}

Result<void> check_settings(const ServiceSettings& settings) {
  const bool has_neighbours =
      !(settings.gateway_url + settings.auth_url + settings.document_url + settings.embedding_url +
        settings.retrieval_url + settings.generation_url + settings.model_url +
        settings.vector_url + settings.telegram_url)
           .empty();
  if (has_neighbours && settings.service_secret.empty()) {
    return invalid("SERVICE_SECRET",
                   "is needed when services run in other processes (a *_URL is set); make one with "
                   "`openssl rand -hex 32`");
  }
  return {};
}

Result<void> check_settings(const AccountSettings& settings) {
  if (settings.jwt_algorithm == TokenAlgorithm::hs256 && settings.jwt_secret.empty()) {
    return invalid("JWT_SECRET", "is needed when JWT_ALGORITHM is hs256");
  }
  if (settings.refresh_token_life <= settings.access_token_life) {
    return invalid("REFRESH_TOKEN_LIFE", "must be longer than ACCESS_TOKEN_LIFE");
  }
  return {};
}

}  // namespace tg::app
