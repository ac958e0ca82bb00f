#include "app/settings.hpp"

#include "service/auth/auth_settings.hpp"
#include "service/gateway/gateway_settings.hpp"
#include "service/retrieval/retrieval_settings.hpp"
#include "service/telegram/telegram_settings.hpp"

namespace tg::app {

const Schema& settings_schema() {
  static const Schema schema = [] {
    Schema made;
    made.add<ServerSettings>()
        .add<DataSettings>()
        .add<log::Settings>()
        .add<ServiceSettings>()
        .add<auth::AuthSettings>()
        .add<gateway::GatewaySettings>()
        .add<telegram::TelegramSettings>()
        .add<retrieval::RetrievalSettings>()
        .add<ClientSettings>();
    return made;
  }();
  return schema;
}

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

Result<void> check_settings(const ServerSettings& settings) {
  const bool has_certificate = !settings.tls_certificate.empty();
  if (has_certificate != !settings.tls_key.empty()) {
    return invalid(has_certificate ? "TLS_KEY" : "TLS_CERTIFICATE",
                   "must be set together: TLS needs TLS_CERTIFICATE and TLS_KEY");
  }
  if (!is_loopback(settings.listen_address) && !has_certificate && !settings.allow_plain_http) {
    return invalid(
        "LISTEN_ADDRESS",
        "must be a loopback address unless TLS is configured: " + settings.listen_address +
            " can be reached from other machines; set TLS_CERTIFICATE and TLS_KEY, or "
            "ALLOW_PLAIN_HTTP=true behind a reverse proxy that terminates TLS");
  }
  return {};
}

Result<void> check_settings(const ServiceSettings& settings) {
  if (!urls_of(settings).empty() && settings.service_secret.empty()) {
    return invalid("SERVICE_SECRET",
                   "must be set when services run in other processes (a *_URL is set); create one "
                   "with `openssl rand -hex 32`");
  }
  return {};
}

Result<void> check_settings(const ClientSettings& settings) {
  if (settings.url.empty() && !settings.token.empty())
    return invalid("TELEGNOSIS_TOKEN", "must be given together with --url (TELEGNOSIS_URL)");
  return {};
}

std::map<std::string, std::string> urls_of(const ServiceSettings& settings) {
  constexpr std::string_view kEnd = "_url";
  std::map<std::string, std::string> urls;
  setting::for_each_line<ServiceSettings>([&](const Setting& line, auto member) {
    if (!line.field.ends_with(kEnd) || (settings.*member).empty()) return;
    urls.emplace(line.field.substr(0, line.field.size() - kEnd.size()), settings.*member);
  });
  return urls;
}

}  // namespace tg::app
