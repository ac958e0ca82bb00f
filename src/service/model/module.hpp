// Opens the model service: files in its folder.
#pragma once

#include "service/model/model_service.hpp"
#include "store/service_storage.hpp"

namespace tg::model {

Result<std::unique_ptr<ModelService>> open(store::ServiceStorage& storage);

}  // namespace tg::model
