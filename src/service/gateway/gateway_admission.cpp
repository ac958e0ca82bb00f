#include "service/gateway/gateway_admission.hpp"

#include "base/network.hpp"
#include "base/text.hpp"

namespace tg::gateway {
namespace {

constexpr std::string_view kScheme = "Bearer";

bool is_token_character(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("-._~+/=").find(c) != std::string_view::npos;
}

std::string caller_of(const api::Call& call) {
  if (!call.principal.user_id.empty()) return std::string(kUserCaller) + call.principal.user_id;
  return std::string(kAddressCaller) + address_group(call.client_address);
}

}  // namespace

Result<std::optional<std::string>> bearer_token(const net::Headers& headers) {
  if (headers.count("Authorization") == 0) return std::nullopt;
  const std::string_view value = text::trim(headers.get("Authorization"));
  const std::size_t space = value.find(' ');
  if (headers.count("Authorization") == 1 &&
      !text::equals_ignoring_ascii_case(value.substr(0, space), kScheme)) {
    return std::nullopt;
  }
  const std::string_view token =
      space == std::string_view::npos ? std::string_view() : text::trim(value.substr(space));
  if (headers.count("Authorization") > 1 || token.empty() ||
      !std::ranges::all_of(token, is_token_character)) {
    return invalid("Authorization", "must be one \"Bearer TOKEN\"");
  }
  return std::string(token);
}

Task<Result<api::Call>> GatewayAdmission::admit(const net::Request* request,
                                                const api::Spec* spec) {
  TG_CO_TRY(api::Call call, co_await identify(request, spec, proxies_.client_of(*request)));
  TG_CO_TRY_VOID(check_quota(*request, *spec, caller_of(call), true));
  TG_CO_TRY_VOID(api::check_scope(call.principal, spec->needs));
  co_return call;
}

Task<Result<api::Call>> GatewayAdmission::identify(const net::Request* request,
                                                   const api::Spec* spec,
                                                   std::string client_address) {
  api::Call anonymous;
  anonymous.request_id = request->request_id;
  anonymous.client_address = std::move(client_address);
  TG_CO_TRY(const auto token, bearer_token(request->headers));
  if (!token) co_return anonymous;
  // Verifying a signature costs a hundred times as much as reading a counter, so an address that
  // sends invalid tokens is stopped by its quota first.
  if (!tokens_.is_remembered(*token)) {
    TG_CO_TRY_VOID(check_quota(*request, *spec, caller_of(anonymous), false));
  }
  auto known = co_await tokens_.verify(*token);
  if (known) {
    api::Call identified = std::move(anonymous);
    identified.principal = std::move(known->principal);
    identified.token_id = std::move(known->token_id);
    co_return identified;
  }
  if (spec->needs == api::Scope::open) co_return anonymous;
  if (known.error().code == Code::unauthorized) {
    TG_CO_TRY_VOID(check_quota(*request, *spec, caller_of(anonymous), true));
  }
  co_return std::unexpected(std::move(known).error());
}

Result<void> GatewayAdmission::check_quota(const net::Request& request, const api::Spec& spec,
                                           const std::string& caller, bool take) {
  if (spec.name == "health") return {};
  const RateDecision decision = take ? limits_.take(caller, spec) : limits_.look(caller, spec);
  const bool says_something = take || !decision.answer.admitted;
  if (request.answer != nullptr && says_something) RateLimits::write(decision, *request.answer);
  if (!decision.answer.admitted) return RateLimits::refusal(decision);
  return {};
}

}  // namespace tg::gateway
