// The embedding service as a part of a process: a database.
#pragma once

#include "service/embedding/embedding_service.hpp"
#include "store/room.hpp"

namespace tg::embedding {

Result<std::unique_ptr<EmbeddingService>> open(store::Room& room, api::Models& models);

}  // namespace tg::embedding
