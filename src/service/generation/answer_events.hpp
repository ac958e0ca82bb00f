// Splits an answer into the events that POST /generate with `stream` sends: each sentence with its
// number, followed by its citation, and finally the whole reply. The concatenated texts are the
// response. Thread-safe (pure functions); a stream has one reader.
//
//   message "The dome is white. [1]", citation 1, message " It was painted in May. [2]",
//   citation 2, final_answer {...}
#pragma once

#include <string>
#include <vector>

#include "api/generation.hpp"

namespace tg::generation {

// Cuts `answer.response` after each citation's number; text after the last number is a piece too.
std::vector<std::string> pieces_of(const api::Answer& answer);
api::Stream<api::GenerateEvent> answer_events(api::Answer answer, api::GenerateReply reply);

}  // namespace tg::generation
