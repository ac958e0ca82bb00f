// The model service as a part of a process: files in its folder.
#pragma once

#include "service/model/model_service.hpp"
#include "store/room.hpp"

namespace tg::model {

Result<std::unique_ptr<ModelService>> open(store::Room& room);

}  // namespace tg::model
