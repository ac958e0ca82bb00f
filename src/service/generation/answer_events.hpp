// An answer in pieces, as POST /generate with `stream` sends it: every sentence with its number,
// each followed by its citation, at the end the whole reply. The texts together are the response.
//
//   message "The dome is white. [1]", citation 1, message " It was painted in May. [2]",
//   citation 2, final_answer {...}
#pragma once

#include <string>
#include <vector>

#include "api/generation.hpp"

namespace tg::generation {

// `answer.response` cut after each citation's number; what stands after the last is a piece, too.
std::vector<std::string> pieces_of(const api::Answer& answer);
api::Stream<api::GenerateEvent> answer_events(api::Answer answer, api::GenerateReply reply);

}  // namespace tg::generation
