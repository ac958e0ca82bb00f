// The retrieval service as a part of a process: a database, and the usage events.
#pragma once

#include "service/retrieval/retrieval_service.hpp"
#include "store/service_storage.hpp"

namespace tg::retrieval {

Result<std::unique_ptr<RetrievalService>> open(store::ServiceStorage& storage,
                                               RetrievalSettings settings, api::Vectors& vectors,
                                               api::Telegram& telegram);

}  // namespace tg::retrieval
