// The query as the index searched it, with keyboard layout and spelling repaired. The answer is
// generated for this text: the original would match no sentence. Thread-safe (pure function).
#pragma once

#include <string>
#include <vector>

#include "api/vector_types.hpp"

namespace tg::retrieval {

std::string repaired_text(std::string question, const std::vector<api::QueryRepair>& repairs);

}  // namespace tg::retrieval
