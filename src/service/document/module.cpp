#include "service/document/module.hpp"

namespace tg::document {

Result<std::unique_ptr<DocumentService>> open(store::Room& room, DocumentParts parts,
                                              api::Telegram& telegram, api::Vectors& vectors) {
  TG_TRY(sql::Database* const database, room.database("document"));
  TG_TRY(parts.originals, room.blobs("originals"));
  return std::make_unique<DocumentService>(*database, room.pool, room.clock, room.executor,
                                           telegram, vectors, parts);
}

}  // namespace tg::document
