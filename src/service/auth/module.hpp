// Opens the auth service: a database, and the signing keys beside it.
#pragma once

#include "service/auth/auth_service.hpp"
#include "store/service_storage.hpp"

namespace tg::auth {

Result<std::unique_ptr<AuthService>> open(store::ServiceStorage& storage, AuthSettings settings);

}  // namespace tg::auth
