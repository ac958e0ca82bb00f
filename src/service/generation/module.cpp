#include "service/generation/module.hpp"

namespace tg::generation {

Result<std::unique_ptr<GenerationService>> open(ComputePool& pool, const Clock& clock,
                                                api::Retrieval& retrieval) {
  return std::make_unique<GenerationService>(pool, clock, retrieval);
}

}  // namespace tg::generation
