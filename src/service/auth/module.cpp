#include "service/auth/module.hpp"

namespace tg::auth {

Result<std::unique_ptr<AuthService>> open(store::ServiceStorage& storage, AuthSettings settings) {
  TG_TRY(sql::Database* const database, storage.database("auth"));
  return std::make_unique<AuthService>(*database, *storage.kv(), storage.pool, storage.clock,
                                       storage.folder, std::move(settings));
}

}  // namespace tg::auth
