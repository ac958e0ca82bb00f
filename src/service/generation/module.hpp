// The generation service as a part of a process: it keeps nothing.
#pragma once

#include "service/generation/generation_service.hpp"

namespace tg::generation {

Result<std::unique_ptr<GenerationService>> open(ComputePool& pool, const Clock& clock,
                                                api::Retrieval& retrieval);

}  // namespace tg::generation
