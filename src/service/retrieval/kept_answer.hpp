// Answers in the history hold positions instead of texts, so that what is deleted from the sources
// is gone from old answers too, and an old answer says what has changed since. Thread-safe (pure
// functions).
#pragma once

#include <set>
#include <string>
#include <vector>

#include "api/retrieval_types.hpp"

namespace tg::retrieval {

// Removes every word of an indexed source from `reply`: results keep id and score, citations their
// span; the response is kept only if it quotes nothing. `not_indexed` are documents that the caller
// brought along: citations of these keep their quote, which could not be restored from the index.
api::QueryReply without_texts(api::QueryReply reply, const std::set<std::string>& not_indexed = {});

// Restores the texts from the present state of the sources. `chunks` are all chunks of the reply's
// documents that the caller may see now. A citation whose document is gone becomes `deleted_since`,
// one whose span is no longer inside a chunk of that id `edited_since`; neither is quoted. Results
// that are gone are left out. Citations that kept their quote are unchanged.
void restore_texts(api::QueryReply& reply, const std::vector<api::IndexedChunk>& chunks);

}  // namespace tg::retrieval
