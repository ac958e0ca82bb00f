// The invariants between database, index, originals and the telegram service, for `fsck`:
//  - the database is sound, and so is every kept original;
//  - every stored post is here in its last version, unless that is under way, and nothing else is;
//  - chunks are exactly what the chunker makes of the stored texts, each id once;
//  - the index holds exactly the chunks of completed documents, in their version;
//  - some documents, spread evenly, are found by their own words;
//  - every completed upload has its original, and no original is without an upload.
#pragma once

#include "api/document.hpp"
#include "api/telegram.hpp"
#include "api/vector.hpp"
#include "store/blob.hpp"
#include "store/sql.hpp"

namespace tg::document {

// `originals` may be null: they are not kept. What is being written meanwhile is no violation: what
// is found is looked at once more, and reported if it is still so.
Task<Result<api::FsckReport>> check_documents(sql::Database* database, api::Vectors* vectors,
                                              api::Telegram* telegram, store::Blobs* originals);

}  // namespace tg::document
