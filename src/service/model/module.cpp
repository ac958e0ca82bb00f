#include "service/model/module.hpp"

namespace tg::model {

Result<std::unique_ptr<ModelService>> open(store::Room& room) {
  return std::make_unique<ModelService>(room.pool, room.clock, room.folder);
}

}  // namespace tg::model
