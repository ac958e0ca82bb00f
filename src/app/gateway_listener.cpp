#include "app/gateway_listener.hpp"

#include "app/version.hpp"
#include "service/auth/auth_settings.hpp"
#include "service/gateway/gateway_admission.hpp"
#include "service/gateway/response_policy.hpp"
#include "web/index_page.hpp"
#include "wire/openapi.hpp"

namespace tg::app {
namespace {

class UserAdmission final : public wire::Admission {
 public:
  UserAdmission(const Config& config, api::Auth& auth, const Clock& clock,
                gateway::TrustedProxies proxies)
      : tokens_(auth, clock, {.jwt_secret = shared_secret(config.read<auth::AuthSettings>())}),
        limits_(clock, config.read<gateway::GatewaySettings>()),
        admission_(tokens_, limits_, std::move(proxies)) {}

  Task<Result<api::Call>> admit(const net::Request* request, const api::Spec* spec) override {
    return admission_.admit(request, spec);
  }

 private:
  gateway::AccessTokens tokens_;
  gateway::RateLimits limits_;
  gateway::GatewayAdmission admission_;
};

Task<void> answer_page(const net::Request* request, net::ResponseWriter* writer) {
  net::Response response;
  for (const auto& [name, value] : web::index_page_headers()) response.headers.add(name, value);
  if (request->headers.get("If-None-Match") == web::index_page_etag()) {
    response.status = 304;
  } else {
    response.body = web::index_page();
  }
  co_await writer->send(std::move(response));
}

}  // namespace

Result<std::shared_ptr<wire::Admission>> admit_users(const Config& config, api::Auth& auth,
                                                     const Clock& clock) {
  TG_TRY(auto proxies,
         gateway::TrustedProxies::parse(config.read<gateway::GatewaySettings>().trusted_proxies));
  return std::make_shared<UserAdmission>(config, auth, clock, std::move(proxies));
}

void add_gateway_settings(const Config& config, net::ServerSettings& settings) {
  settings.always = gateway::security_headers(!settings.certificate.empty());
  const auto origins =
      std::make_shared<gateway::CrossOrigin>(config.read<gateway::GatewaySettings>().cors_origins);
  settings.request_filter = [origins](const net::Request& request) {
    return origins->look_at(request);
  };
}

void mount_pages(net::Router& router, const wire::MountOptions& options) {
  router.add({.verb = net::Verb::get,
              .pattern = "/",
              .options = {},
              .handler = [](net::Request* request, net::ResponseWriter* writer) {
                return answer_page(request, writer);
              }});
  wire::mount_openapi(router,
                      {.version = std::string(version()), .body_limits = options.body_limits},
                      options.prefixes);
}

}  // namespace tg::app
