#include "service/gateway/gateway_settings.hpp"

#include "service/gateway/client_address.hpp"

namespace tg::gateway {
namespace {

// For a form's other fields and boundaries.
constexpr std::size_t kAroundUpload = 64 << 10;

}  // namespace

bool is_network(std::string_view text) {
  return TrustedProxies::parse({std::string(text)}).has_value();
}

bool is_origin(std::string_view text) {
  if (!is_http_url(text)) return false;
  return text.find('/', text.find("://") + 3) == std::string_view::npos;
}

std::size_t upload_body_limit(const GatewaySettings& settings) {
  return settings.max_upload_bytes.bytes + kAroundUpload;
}

}  // namespace tg::gateway
