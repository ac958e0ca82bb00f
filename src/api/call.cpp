#include "api/call.hpp"

#include <fmt/core.h>

namespace tg::api {

bool allows(const Principal& principal, Scope needs) {
  switch (needs) {
    case Scope::open:
      return true;
    case Scope::read:
      return principal.is_service || !principal.user_id.empty();
    case Scope::write:
      return principal.is_service || (!principal.user_id.empty() && principal.role != Role::viewer);
    case Scope::admin:
      return principal.is_service || (!principal.user_id.empty() && principal.role == Role::admin);
    case Scope::service:
      return principal.is_service;
  }
  return false;
}

Result<void> check_scope(const Principal& principal, Scope needs) {
  if (allows(principal, needs)) return {};
  if (principal.user_id.empty() && !principal.is_service) {
    return fail(Code::unauthorized, "unauthorized", "a valid access token is required");
  }
  return fail(Code::forbidden, "forbidden.role", "your role does not allow this");
}

std::vector<std::string> own_access_keys(const Principal& principal) {
  std::vector<std::string> keys;
  if (!principal.user_id.empty()) keys.push_back(user_access_key(principal.user_id));
  if (!principal.space.empty()) keys.push_back(space_access_key(principal.space));
  return keys;
}

std::string user_access_key(const std::string& user_id) {
  return "user:" + user_id;
}

std::string space_access_key(const std::string& space) {
  return "space:" + space;
}

std::string channel_access_key(std::int64_t channel_id) {
  return fmt::format("channel:{}", channel_id);
}

std::string own_channel_access_key(std::int64_t channel_id) {
  return fmt::format("channel:{}:own", channel_id);
}

}  // namespace tg::api
