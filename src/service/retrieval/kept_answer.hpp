// An answer as the history keeps it: places, not texts. What is deleted from the sources is thereby
// gone from old answers too, and an old answer says what has changed since. Plain functions, any
// thread.
#pragma once

#include <vector>

#include "api/retrieval_types.hpp"

namespace tg::retrieval {

// The reply without the words of any source: results keep id and score, citations their span; the
// response is kept only where it quotes nothing (nothing was found).
api::QueryReply without_texts(api::QueryReply reply);

// Puts the words back from what the sources say today. `chunks` are all that the caller may see now
// of the reply's documents. A citation whose document is gone is `deleted_since`, one whose span no
// longer lies in a chunk of that id is `edited_since`; neither is quoted. Results that are gone are
// left out.
void restore_texts(api::QueryReply& reply, const std::vector<api::IndexedChunk>& chunks);

}  // namespace tg::retrieval
