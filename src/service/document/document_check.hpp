// Checks, for `fsck`, the invariants between database, index, originals and the telegram service:
//  - the database and every original are intact;
//  - the documents of posts are exactly the posts that the telegram service stores, in their last
//    version, apart from changes that are still in the feed;
//  - the chunk rows are exactly what the chunker makes of the stored texts;
//  - the index holds exactly the chunks of completed documents, in their version, apart from those
//    that a rebuild of the index has not reached;
//  - a search for the text of a sampled document finds it;
//  - every completed upload has its original, and every original has an upload.
// Thread-safe.
#pragma once

#include "api/document.hpp"
#include "api/telegram.hpp"
#include "api/vector.hpp"
#include "store/blob.hpp"
#include "store/sql.hpp"

namespace tg::document {

// `originals` may be null if they are not kept. Checks twice and reports only what both passes
// found, so that concurrent writes are not reported.
Task<Result<api::FsckReport>> check_documents(sql::Database* database, api::Vectors* vectors,
                                              api::Telegram* telegram, store::Blobs* originals);

}  // namespace tg::document
