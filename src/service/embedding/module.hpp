// Opens the embedding service: a database.
#pragma once

#include "service/embedding/embedding_service.hpp"
#include "store/service_storage.hpp"

namespace tg::embedding {

Result<std::unique_ptr<EmbeddingService>> open(store::ServiceStorage& storage, api::Models& models);

}  // namespace tg::embedding
