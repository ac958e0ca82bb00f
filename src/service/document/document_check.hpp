// The invariants between database, index and originals, for `fsck`:
//  - the database is sound, and so is every kept original;
//  - chunks are exactly what the chunker makes of the stored texts, each id once;
//  - the index holds exactly the chunks of completed documents, in their version;
//  - some documents, spread evenly, are found by their own words;
//  - every completed upload has its original, and no original is without an upload.
#pragma once

#include "api/document.hpp"
#include "api/vector.hpp"
#include "store/blob.hpp"
#include "store/sql.hpp"

namespace tg::document {

// `originals` may be null: they are not kept.
Task<Result<api::FsckReport>> check_documents(sql::Database& database, api::Vectors& vectors,
                                              store::Blobs* originals);

}  // namespace tg::document
