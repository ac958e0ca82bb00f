// Opens the vector service in this process.
#pragma once

#include "service/vector/vector_service.hpp"
#include "store/service_storage.hpp"

namespace tg::vector {

Result<std::unique_ptr<VectorService>> open(store::ServiceStorage& storage,
                                            api::Telegram& telegram);

}  // namespace tg::vector
