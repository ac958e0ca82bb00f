#include "service/auth/module.hpp"

namespace tg::auth {

Result<std::unique_ptr<AuthService>> open(store::Room& room, AuthSettings settings) {
  TG_TRY(sql::Database* const database, room.database("auth"));
  return std::make_unique<AuthService>(*database, room.pool, room.clock, room.folder,
                                       std::move(settings));
}

}  // namespace tg::auth
