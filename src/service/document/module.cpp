#include "service/document/module.hpp"

namespace tg::document {

Result<std::unique_ptr<DocumentService>> open(store::ServiceStorage& storage, DocumentParts parts,
                                              api::Telegram& telegram, api::Vectors& vectors) {
  TG_TRY(sql::Database* const database, storage.database("document"));
  TG_TRY(parts.originals, storage.blobs("originals"));
  return std::make_unique<DocumentService>(*database, storage.pool, storage.clock, storage.executor,
                                           telegram, vectors, parts);
}

}  // namespace tg::document
