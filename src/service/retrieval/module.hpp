// Opens the retrieval service: a database, and the store of usage events.
#pragma once

#include "service/retrieval/retrieval_service.hpp"
#include "store/service_storage.hpp"

namespace tg::retrieval {

Result<std::unique_ptr<RetrievalService>> open(store::ServiceStorage& storage,
                                               RetrievalSettings settings, api::Vectors& vectors,
                                               api::Telegram& telegram);

}  // namespace tg::retrieval
