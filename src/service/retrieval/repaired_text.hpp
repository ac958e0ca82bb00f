// The question as the index searched it: typed in the right layout, known words in place of
// misspelt ones. The answer is made for this text; the question as asked would match no sentence.
// Plain function, any thread.
#pragma once

#include <string>
#include <vector>

#include "api/vector_types.hpp"

namespace tg::retrieval {

std::string repaired_text(std::string question, const std::vector<api::QueryRepair>& repairs);

}  // namespace tg::retrieval
