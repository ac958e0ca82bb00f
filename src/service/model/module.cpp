#include "service/model/module.hpp"

namespace tg::model {

Result<std::unique_ptr<ModelService>> open(store::ServiceStorage& storage) {
  return std::make_unique<ModelService>(storage.pool, storage.clock, storage.folder);
}

}  // namespace tg::model
