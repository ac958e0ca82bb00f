// The vector service as a part of a process: the index.
#pragma once

#include "service/vector/vector_service.hpp"
#include "store/room.hpp"

namespace tg::vector {

Result<std::unique_ptr<VectorService>> open(store::Room& room, api::Telegram& telegram);

}  // namespace tg::vector
