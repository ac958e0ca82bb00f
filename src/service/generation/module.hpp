// Opens the generation service, which stores nothing.
#pragma once

#include "service/generation/generation_service.hpp"

namespace tg::generation {

Result<std::unique_ptr<GenerationService>> open(ComputePool& pool, const Clock& clock,
                                                api::Retrieval& retrieval);

}  // namespace tg::generation
